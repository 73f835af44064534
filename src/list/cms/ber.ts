import { type BaseBlock, Constructed } from 'asn1js'

/** The members of a SEQUENCE, a SET or the like; none for anything else. */
export const children = (block: BaseBlock | undefined): readonly BaseBlock[] =>
  block instanceof Constructed ? block.valueBlock.value : []

/** What is behind a block's tag and length. */
export const contents = (block: BaseBlock): Uint8Array =>
  block.valueBeforeDecodeView.subarray(block.idBlock.blockLength + block.lenBlock.blockLength)

/**
 * Whether all that a value holds ends where it says that it ends: asn1js does not ask, and would find in a
 * message what OpenSSL does not.
 */
export function isSound(block: BaseBlock): boolean {
  if (!(block instanceof Constructed)) return true
  const { isIndefiniteForm, length } = block.lenBlock
  const members = children(block)
  const sum = members.reduce((bytes, { blockLength }) => bytes + blockLength, 0)
  return (isIndefiniteForm || sum === length) && members.every(isSound)
}
