import { type BaseBlock, fromBER } from 'asn1js'
import { children } from './ber.ts'
import { checkEncoding } from './encoding.ts'

/** Members of a value, by the bytes that say what each is (RFC 5652, sections 3 and 5). */
const SHAPES = {
  contentInfo: /^06 a0$/,
  wrapped: /^30$/,
  signedData: /^02 31 30( a0)?( a1)? 31$/,
  encapsulated: /^06( a0)?$/,
  content: /^(04|24)$/,
  // Neither attribute certificates nor other things that OpenSSL’s two programs disagree about.
  certificates: /^(30( 30)*)?$/,
  algorithms: /^(30( 30)*)?$/,
  algorithm: /^06( ..)?$/,
  signerInfo: /^02 (30|a0|80) 30( a0)? 30 04( a1)?$/,
  attributes: /^(30( 30)*)?$/,
  attribute: /^06 31$/,
  values: /./,
} as const

/** Reads a ContentInfo that holds SignedData, as strictly as OpenSSL does. Throws an Error if it is not one. */
export function readStructure(bytes: Uint8Array): BaseBlock {
  checkEncoding(bytes, 'BER')
  const { result } = fromBER(bytes)
  const [, wrapped] = expectShape(result, 'contentInfo')
  const [data] = expectShape(wrapped, 'wrapped')
  const [, algorithms, encapsulated, ...rest] = expectShape(data, 'signedData')
  for (const algorithm of expectShape(algorithms, 'algorithms')) expectShape(algorithm, 'algorithm')
  const [, content] = expectShape(encapsulated, 'encapsulated')
  if (content) expectShape(content, 'content')
  const certificates = rest.find((one) => tagOf(one) === 0xa0)
  if (certificates) expectShape(certificates, 'certificates')
  for (const info of children(rest.at(-1))) expectSignerInfo(info)
  return result
}

/** Throws an Error if the members of a SignerInfo are not those that it should have. */
export function expectSignerInfo(info: BaseBlock): void {
  const [, , digest, ...rest] = expectShape(info, 'signerInfo')
  const signature = rest.find((one) => tagOf(one) === 0x30)
  for (const algorithm of [digest, signature]) expectShape(algorithm, 'algorithm')
  for (const attributes of rest.filter((one) => tagOf(one) >= 0xa0))
    for (const attribute of expectShape(attributes, 'attributes'))
      expectShape(expectShape(attribute, 'attribute')[1], 'values')
}

function expectShape(block: BaseBlock | undefined, shape: keyof typeof SHAPES): readonly BaseBlock[] {
  const members = children(block)
  const tags = members.map((one) => tagOf(one).toString(16).padStart(2, '0')).join(' ')
  if (!SHAPES[shape].test(tags)) throw new Error(`its ${shape} has other members than it should have`)
  return members
}

const tagOf = (block: BaseBlock): number => block.valueBeforeDecodeView[0] ?? 0
