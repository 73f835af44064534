import { type BaseBlock, Constructed } from 'asn1js'

/** The members of a SEQUENCE, a SET or the like; none for anything else. */
export const children = (block: BaseBlock | undefined): readonly BaseBlock[] =>
  block instanceof Constructed ? block.valueBlock.value : []

/** What is behind a block's tag and length. */
export const contents = (block: BaseBlock): Uint8Array =>
  block.valueBeforeDecodeView.subarray(block.idBlock.blockLength + block.lenBlock.blockLength)
