import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openssl } from '../../scripts/pki.ts'

/** A value in DER, as `openssl asn1parse` sees it. */
export interface Value {
  readonly depth: number
  readonly offset: number
  readonly header: number
  readonly length: number
  /** Its type, and what openssl says of it: `OBJECT :signingTime`. */
  readonly text: string
}

const LINE = /^ *(\d+):d=(\d+) +hl=(\d+) l= *(\d+) (?:prim|cons): +(.*?) *$/

/** Everything in a file of DER, in its order. */
export async function asn1parse(folder: string, file: string): Promise<Value[]> {
  const lines = (await openssl(folder, 'asn1parse', '-inform', 'DER', '-in', file)).split('\n')
  return lines.flatMap((line) => {
    const [, offset, depth, header, length, text = ''] = LINE.exec(line) ?? []
    if (offset === undefined) return []
    const [at, d, hl, l] = [offset, depth, header, length].map(Number) as [number, number, number, number]
    return [{ offset: at, depth: d, header: hl, length: l, text: text.replace(/ {2,}/, ' ') }]
  })
}

/** The values that lie directly in one. */
export const membersOf = (values: readonly Value[], parent: Value): Value[] =>
  values.filter(
    ({ depth, offset }) =>
      depth === parent.depth + 1 &&
      offset > parent.offset &&
      offset < parent.offset + parent.header + parent.length,
  )

export const whole = (der: Buffer, { offset, header, length }: Value): Buffer =>
  der.subarray(offset, offset + header + length)

export const inside = (der: Buffer, { offset, header, length }: Value): Buffer =>
  der.subarray(offset + header, offset + header + length)

/** A SignerInfo, cut out with the openssl program. */
export interface Cut {
  /** As the signature is over them: as a SET. */
  readonly signedAttributes: Buffer
  readonly signature: Buffer
  /** What the attribute of this name says, in openssl’s words; its bytes where they are an OCTET STRING. */
  readonly attributes: ReadonlyMap<string, string>
  readonly at: Value
}

/** The SignerInfo of a signature (in a file of DER), and those of its countersignatures. */
export async function cutSignerInfos(folder: string, file: string): Promise<[Cut, ...Cut[]]> {
  const der = await readFile(join(folder, file))
  const values = await asn1parse(folder, file)
  const [root, data] = values.filter(({ text }) => text === 'SEQUENCE').slice(0, 2)
  if (!root || !data) throw new Error('this is no CMS')
  const infos = membersOf(values, data).at(-1)
  const [info] = infos ? membersOf(values, infos) : []
  if (!info) throw new Error('there is no SignerInfo')
  const counter = values.flatMap((value, index) => {
    if (value.text !== 'OBJECT :countersignature') return []
    const set = values[index + 1]
    return set ? membersOf(values, set) : []
  })
  return [cut(der, values, info), ...counter.map((one) => cut(der, values, one))]
}

function cut(der: Buffer, values: readonly Value[], info: Value): Cut {
  const members = membersOf(values, info)
  const attributes = members.find(({ text }) => text === 'cont [ 0 ]')
  const signature = members.find(({ text }) => text.startsWith('OCTET STRING'))
  if (!attributes || !signature) throw new Error('a SignerInfo lacks attributes or a signature')
  const asSet = Buffer.from(whole(der, attributes))
  asSet[0] = 0x31
  const said = membersOf(values, attributes).map((attribute) => {
    const [type, set] = membersOf(values, attribute)
    const [value] = set ? membersOf(values, set) : []
    return [
      type?.text.replace('OBJECT :', '') ?? '',
      value?.text.replace('OCTET STRING [HEX DUMP]:', '') ?? '',
    ] as const
  })
  return {
    signedAttributes: asSet,
    signature: inside(der, signature),
    attributes: new Map(said),
    at: info,
  }
}

/** Whether the openssl program takes `signature` for one over `signed`, by the key of this certificate. */
export async function isSignedBy(
  folder: string,
  certificate: string,
  { signedAttributes, signature }: Cut,
): Promise<boolean> {
  await writeFile(join(folder, 'signed.der'), signedAttributes)
  await writeFile(join(folder, 'signature.bin'), signature)
  const key = await openssl(folder, 'x509', '-in', certificate, '-noout', '-pubkey')
  await writeFile(join(folder, 'public.pem'), key)
  const given = ['-sha256', '-verify', 'public.pem', '-signature', 'signature.bin', 'signed.der']
  return await openssl(folder, 'dgst', ...given).then(
    (said) => said.includes('Verified OK'),
    () => false,
  )
}
