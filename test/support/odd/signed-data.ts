import { createHash, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { context, membersOf, oid, readDer, TAG, writeDer, type Der } from '../der.ts'

/** SignedData (RFC 5652, section 5) in its pieces, so that a test can put together what no program would. */
export interface SignedData {
  readonly type: string
  readonly version: number
  readonly digests: readonly Der[]
  readonly contentType: string
  /** Of an opaque message. */
  readonly content: Der | null
  readonly certificates: readonly Der[]
  readonly signers: readonly SignerInfo[]
}

export interface SignerInfo {
  readonly version: number
  readonly sid: Der
  readonly digest: Der
  readonly attributes: readonly Der[] | null
  readonly algorithm: Der
  readonly signature: Uint8Array
  readonly unsigned: readonly Der[]
}

/** Who signs: the certificate's DER, and the private key. */
export interface Person {
  readonly certificate: Der
  readonly key: KeyObject
}

export const OIDS = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  rsa: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  rsaSha256: '1.2.840.113549.1.1.11',
  ecdsaSha1: '1.2.840.10045.4.1',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  ecdsaSha512: '1.2.840.10045.4.3.4',
  ecKey: '1.2.840.10045.2.1',
} as const

export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512'

export const sequence = (...inside: Der[]): Der => ({ tag: TAG.sequence, inside })
export const set = (...inside: Der[]): Der => ({ tag: TAG.set, inside })
export const octets = (bytes: Uint8Array): Der => ({ tag: TAG.octets, inside: bytes })
export const integer = (...bytes: number[]): Der => ({ tag: TAG.integer, inside: Buffer.from(bytes) })
export const NULL: Der = { tag: TAG.null, inside: Buffer.alloc(0) }
export const algorithm = (type: string, ...parameters: Der[]): Der => sequence(oid(type), ...parameters)
export const attribute = (type: string, ...values: Der[]): Der => sequence(oid(type), set(...values))
export const hash = (name: Hash, bytes: Uint8Array): Buffer => createHash(name).update(bytes).digest()

export const timeAttribute = (time: Date): Der =>
  attribute(OIDS.signingTime, {
    tag: 0x17,
    inside: Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`),
  })

/** The attributes that every signer signs, in DER's order. */
export const usualAttributes = (content: Uint8Array, name: Hash = 'sha256'): readonly Der[] => [
  attribute(OIDS.contentType, oid(OIDS.data)),
  timeAttribute(new Date()),
  attribute(OIDS.messageDigest, octets(hash(name, content))),
]

/** issuerAndSerialNumber of a certificate. */
export function sidOf({ certificate }: Person): Der {
  const [, serial, , issuer] = membersOf(membersOf(certificate)[0])
  if (!serial || !issuer) throw new Error('a certificate without a name')
  return sequence(issuer, serial)
}

/** What a signature is over: the attributes as a SET, in the order and the form that they have. */
export const signedBytes = (attributes: readonly Der[]): Buffer =>
  writeDer({ tag: TAG.set, inside: attributes })

/** A SignerInfo over the attributes, or, where they are null, over the content itself. */
export function signerInfo(
  person: Person,
  attributes: readonly Der[] | null,
  content: Uint8Array,
  name: Hash = 'sha256',
): SignerInfo {
  const isRsa = person.key.asymmetricKeyType === 'rsa'
  const ecdsa = { sha1: OIDS.ecdsaSha1, sha256: OIDS.ecdsaSha256, sha384: '1.2.840.10045.4.3.3' }
  return {
    version: 1,
    sid: sidOf(person),
    digest: algorithm(OIDS[name]),
    attributes,
    algorithm: isRsa
      ? algorithm(OIDS.rsa, NULL)
      : algorithm(name === 'sha512' ? OIDS.ecdsaSha512 : ecdsa[name]),
    signature: sign(name, attributes ? signedBytes(attributes) : content, person.key),
    unsigned: [],
  }
}

/** Detached, or with the content in it. */
export const signedData = (
  info: SignerInfo,
  certificates: readonly Der[],
  content: Uint8Array | null = null,
): SignedData => ({
  type: OIDS.signedData,
  version: 1,
  digests: [info.digest],
  contentType: OIDS.data,
  content: content && octets(content),
  certificates,
  signers: [info],
})

/** An unsigned attribute (RFC 5652, section 11.4) by which another person signs a signature. */
export const countersignature = (by: Person, signature: Uint8Array): Der =>
  attribute(
    OIDS.countersignature,
    treeOfInfo(signerInfo(by, [attribute(OIDS.messageDigest, octets(hash('sha256', signature)))], signature)),
  )

export const treeOf = (data: SignedData): Der =>
  sequence(oid(data.type), {
    tag: context(0),
    inside: [
      sequence(
        integer(data.version),
        set(...data.digests),
        sequence(
          oid(data.contentType),
          ...(data.content ? [{ tag: context(0), inside: [data.content] }] : []),
        ),
        ...(data.certificates.length > 0 ? [{ tag: context(0), inside: data.certificates }] : []),
        set(...data.signers.map(treeOfInfo)),
      ),
    ],
  })

export const treeOfInfo = (info: SignerInfo): Der =>
  sequence(
    integer(info.version),
    info.sid,
    info.digest,
    ...(info.attributes ? [{ tag: context(0), inside: info.attributes }] : []),
    info.algorithm,
    octets(info.signature),
    ...(info.unsigned.length > 0 ? [{ tag: context(1), inside: info.unsigned }] : []),
  )

/** The certificate with some fields of its TBSCertificate otherwise, signed anew by its CA. */
export function recertified(
  certificate: Der,
  ca: KeyObject,
  change: (fields: readonly Der[]) => readonly Der[],
): Der {
  const [tbs, signatureAlgorithm] = membersOf(certificate)
  if (!signatureAlgorithm) throw new Error('not a certificate')
  const changed = sequence(...change(membersOf(tbs)))
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', writeDer(changed), ca)])
  return sequence(changed, signatureAlgorithm, { tag: TAG.bits, inside: signature })
}

export const certificateFrom = (pem: string): Der => readDer(new X509Certificate(pem).raw)
