import { createHash, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { bytesOf, context, isOid, membersOf, readDer, TAG, writeDer, type Der } from '../der.ts'

/** A signed list taken apart, independently of what vmcast takes it apart with. */
export interface SignedForm {
  /** Lines of the file, a byte a character, without their ends. */
  readonly lines: readonly string[]
  readonly boundary: string
  /** Lines between the first two boundaries. */
  readonly part: readonly string[]
  /** Lines between the last two boundaries. */
  readonly signaturePart: readonly string[]
  readonly cms: Cms
}

export interface Cms {
  readonly encapsulated: boolean
  readonly certificates: readonly Uint8Array[]
  readonly signers: readonly SignerInfo[]
}

/** SignerInfo (RFC 5652, section 5.3), of the list or of a countersignature. */
export interface SignerInfo {
  readonly sid: Der
  readonly digest: 'sha1' | 'sha256' | 'sha512' | null
  readonly signedAttrs: Der | null
  readonly signatureAlgorithm: Der
  readonly signature: Buffer
  readonly unsigned: readonly Der[]
}

const ATTRIBUTE = {
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
} as const

const DIGESTS = [
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
] as const

/** Throws an Error if the parts and the structure cannot be told apart. */
export function takeApart(bytes: Uint8Array): SignedForm {
  const lines = Buffer.from(bytes).toString('latin1').split(/\r?\n/)
  const boundary = /boundary="([^"]*)"/.exec(lines.slice(0, 10).join('\n'))?.[1] ?? ''
  const marks = lines.flatMap((line, index) => (line.startsWith(`--${boundary}`) ? [index] : []))
  const [first = 0, second = 0, third = 0] = marks
  if (boundary === '' || marks.length !== 3) throw new Error('it has not two parts')
  const signaturePart = lines.slice(second + 1, third)
  const base64 = signaturePart.slice(signaturePart.indexOf('') + 1).join('')
  return {
    lines,
    boundary,
    part: lines.slice(first + 1, second),
    signaturePart,
    cms: readCms(Buffer.from(base64, 'base64')),
  }
}

function readCms(bytes: Uint8Array): Cms {
  const [, wrapped] = membersOf(readDer(bytes))
  const [, , encapsulated, ...rest] = membersOf(membersOf(wrapped)[0])
  const certificates = membersOf(rest.find(({ tag }) => tag === context(0)))
  return {
    encapsulated: membersOf(encapsulated).length > 1,
    certificates: certificates.map(writeDer),
    signers: membersOf(rest.find(({ tag }) => tag === TAG.set)).map(readSigner),
  }
}

function readSigner(der: Der): SignerInfo {
  const [, sid, digestAlgorithm, ...rest] = membersOf(der)
  const signedAttrs = rest[0]?.tag === context(0) ? rest[0] : null
  const [signatureAlgorithm, signature, unsigned] = signedAttrs ? rest.slice(1) : rest
  if (!sid || !signatureAlgorithm) throw new Error('a SignerInfo lacks something')
  return {
    sid,
    digest: DIGESTS.find(([oid]) => isOid(membersOf(digestAlgorithm)[0], oid))?.[1] ?? null,
    signedAttrs,
    signatureAlgorithm,
    signature: bytesOf(signature),
    unsigned: membersOf(unsigned),
  }
}

const valuesOf = (attributes: readonly Der[], type: string): readonly Der[] =>
  attributes.filter((one) => isOid(membersOf(one)[0], type)).flatMap((one) => membersOf(membersOf(one)[1]))

/** The countersignatures (RFC 5652, section 11.4) of a signer. */
export const countersignersOf = ({ unsigned }: SignerInfo): readonly SignerInfo[] =>
  valuesOf(unsigned, ATTRIBUTE.countersignature).map(readSigner)

export function signingTime({ signedAttrs }: SignerInfo): Date | null {
  const [time] = valuesOf(membersOf(signedAttrs ?? undefined), ATTRIBUTE.signingTime)
  const text = bytesOf(time).toString('latin1')
  const [, year, month, day, hour, minute, second] =
    /^((?:\d\d)?\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  if (year === undefined) return null
  const full = year.length === 4 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`
  return new Date(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** The certificate that a SignerInfo names by issuer and serial number; null if it is not there. */
export function certificateOf({ sid }: SignerInfo, { certificates }: Cms): X509Certificate | null {
  const found = certificates.find((der) => {
    const fields = membersOf(membersOf(readDer(der))[0])
    const [serial, , issuer] = fields[0]?.tag === context(0) ? fields.slice(1) : fields
    return (
      serial !== undefined &&
      issuer !== undefined &&
      writeDer({ tag: TAG.sequence, inside: [issuer, serial] }).equals(writeDer(sid))
    )
  })
  return found ? new X509Certificate(found) : null
}

/** Whether `info` is a signature by this key over `content` (RFC 5652, section 5.4). */
export function signs(info: SignerInfo, content: Uint8Array, key: KeyObject): boolean {
  const { digest, signedAttrs, signature } = info
  if (!digest) return false
  const [sum] = valuesOf(membersOf(signedAttrs ?? undefined), ATTRIBUTE.messageDigest)
  if (signedAttrs && !bytesOf(sum).equals(createHash(digest).update(content).digest())) return false
  const signed = signedAttrs ? writeDer({ ...signedAttrs, tag: TAG.set }) : content
  return verify(digest, signed, key, signature)
}
