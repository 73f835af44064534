import { constants, createHash, verify } from 'node:crypto'
import { type BaseBlock, Constructed, OctetString } from 'asn1js'
import { ContentInfo, SignedData, type SignerInfo } from 'pkijs'
import { readCertificate, type Certificate } from '../../trust/certificate.ts'
import { broken } from '../mime-headers.ts'
import { children, contents } from './ber.ts'
import { OID } from './oid.ts'
import { attribute, isNamed, signatureOf, signedAttributesOf, signingTime } from './signer-info.ts'
import { checkRules } from './rules.ts'
import { readStructure } from './structure.ts'

/** Digests that are read. MD5 is not among them: anybody can forge what it signs. */
const DIGESTS = new Map([
  ['1.3.14.3.2.26', 'SHA-1'],
  ['2.16.840.1.101.3.4.2.4', 'SHA-224'],
  [OID.sha256, 'SHA-256'],
  [OID.sha384, 'SHA-384'],
  [OID.sha512, 'SHA-512'],
  ['2.16.840.1.101.3.4.2.8', 'SHA3-256'],
  ['2.16.840.1.101.3.4.2.9', 'SHA3-384'],
  ['2.16.840.1.101.3.4.2.10', 'SHA3-512'],
])

/** More than any chain needs; each costs time to read. */
const MOST_CERTIFICATES = 32

/** A CMS signature by one signer, read but not verified. */
export interface Signature {
  /** What it holds itself; null if the content is detached. */
  readonly content: Uint8Array | null
  readonly signer: Certificate
  /** The other certificates that came with it. */
  readonly others: readonly Certificate[]
  readonly digest: string
  readonly signedAt: Date | null
  readonly info: SignerInfo
}

/** Reads SignedData (RFC 5652, section 5) in DER or BER. Throws `message-broken`. */
export function readSignature(bytes: Uint8Array): Signature {
  const { data, certificates } = orBroken(() => readSignedData(bytes))
  const [info, second] = data.signerInfos
  if (!info) throw broken('nobody signed it')
  if (second) throw broken('it has more than one signer')
  const signer = certificates.find((certificate) => isNamed(certificate, info))
  if (!signer) throw broken('the signer’s certificate is not in it')
  const digest = DIGESTS.get(info.digestAlgorithm.algorithmId)
  if (!digest)
    throw broken(`it is signed over a digest that is not accepted (${info.digestAlgorithm.algorithmId})`)
  orBroken(() => {
    checkRules(data, info, signer)
  })
  return {
    content: encapsulated(data),
    signer,
    others: certificates.filter((certificate) => certificate !== signer),
    digest,
    signedAt: signingTime(info),
    info,
  }
}

function readSignedData(bytes: Uint8Array): { data: SignedData; certificates: Certificate[] } {
  const outer = new ContentInfo({ schema: readStructure(bytes) })
  if (outer.contentType !== OID.signedData) throw new Error('it is not SignedData')
  // Taken out before pkijs reads on: their own bytes, as their issuers signed them. pkijs says `any`.
  const certificates = takeCertificates(outer.content as BaseBlock)
  if (certificates.length > MOST_CERTIFICATES) throw new Error('it holds too many certificates')
  const data = new SignedData({ schema: outer.content })
  return { data, certificates: certificates.map(readCertificate) }
}

/** Turns whatever is thrown about a structure into `message-broken`. */
function orBroken<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw broken('its signature cannot be read', cause)
  }
}

/** The members of `certificates [0] IMPLICIT`. */
function takeCertificates(signedData: BaseBlock): Uint8Array[] {
  const fields = children(signedData)
  const set = fields.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0)
  if (signedData instanceof Constructed) signedData.valueBlock.value = fields.filter((one) => one !== set)
  return children(set).map((one) => one.valueBeforeDecodeView)
}

function encapsulated({ encapContentInfo: { eContent } }: SignedData): Uint8Array | null {
  return eContent ? new Uint8Array(eContent.getValue()) : null
}

/** Checks digest and signature over `content` (RFC 5652, section 5.6). Throws `message-broken`. */
export function verifySignature({ info, digest, signer }: Signature, content: Uint8Array): void {
  const algorithm = digest.replace('SHA-', 'SHA')
  const digested = attribute(info, OID.messageDigest)
  const sum = createHash(algorithm).update(content).digest()
  if (info.signedAttrs && !(digested instanceof OctetString && sum.equals(contents(digested))))
    throw broken('its content was changed after it was signed')
  const signed = signedAttributesOf(info) ?? content
  if (!isSignedBy(signer, algorithm, signed, info))
    throw broken(`the signature on it is not that of ${signer.dn}`)
}

/** Whether the SignerInfo's signature over `signed` is by the key of this certificate. Throws `message-broken` for a kind of key that is not accepted. */
export function isSignedBy(
  { publicKey: key }: Certificate,
  algorithm: string,
  signed: Uint8Array,
  info: SignerInfo,
): boolean {
  if (!['rsa', 'ec'].includes(key.asymmetricKeyType ?? ''))
    throw broken('its signer’s kind of key is not accepted')
  const padding = info.signatureAlgorithm.algorithmId === OID.rsaPss ? PSS : {}
  try {
    return verify(algorithm, signed, { key, ...padding }, signatureOf(info))
  } catch {
    // OpenSSL throws where a value has not even the form of a signature.
    return false
  }
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
