import { createHash } from 'node:crypto'
import { type BaseBlock, Null, OctetString } from 'asn1js'
import { type AlgorithmIdentifier, IssuerAndSerialNumber, SignerInfo } from 'pkijs'
import type { Certificate } from '../../trust/certificate.ts'
import { contents } from './ber.ts'
import { OID } from './oid.ts'
import { isSignedBy, type Signature } from './read.ts'
import {
  attribute,
  hasAttribute,
  isNamed,
  signatureOf,
  signedAttributesOf,
  signingTime,
} from './signer-info.ts'

/** Who signed a message's signature, and just that one. Whether to trust them is another matter. */
export interface Countersigner {
  readonly certificate: Certificate
  /** When their clock says that they signed. */
  readonly signedAt: Date | null
  /** `SHA-256`, … */
  readonly digest: string
}

export interface Countersignatures {
  readonly countersigners: readonly Countersigner[]
  /** Why others of them are broken: one for each, as a clause. They count for nothing. */
  readonly faults: readonly string[]
}

/** What is accepted of a new thing: nothing outdated, and each algorithm with its own digest only. */
const ALGORITHMS = new Map<string, { readonly digest: string; readonly rsa: string; readonly ec: string }>([
  [OID.sha256, { digest: 'SHA-256', rsa: OID.rsaWithSha256, ec: OID.ecdsaWithSha256 }],
  [OID.sha384, { digest: 'SHA-384', rsa: OID.rsaWithSha384, ec: OID.ecdsaWithSha384 }],
  [OID.sha512, { digest: 'SHA-512', rsa: OID.rsaWithSha512, ec: OID.ecdsaWithSha512 }],
])

/** More than people agree on a list; each costs time to verify. */
const MOST = 16

/**
 * Verifies every countersignature on a signature (RFC 5652, section 11.4). Those on other countersignatures are
 * not looked at: they say nothing of the message.
 */
export function readCountersignatures(signature: Signature): Countersignatures {
  const found = (signature.info.unsignedAttrs?.attributes ?? [])
    .filter(({ type }) => type === OID.countersignature)
    .flatMap(({ values }) => values as BaseBlock[])
  const read = found.slice(0, MOST).map((value) => readOne(value, signature))
  return {
    countersigners: read.filter((one) => typeof one !== 'string'),
    faults: [
      ...read.filter((one) => typeof one === 'string'),
      ...found.slice(MOST).map(() => 'there are too many'),
    ],
  }
}

/** A verified countersignature, or why it is broken. */
function readOne(value: BaseBlock, { info, signer, others }: Signature): Countersigner | string {
  const own = parse(value)
  if (!own) return 'it cannot be read'
  const certificate = [signer, ...others].find((one) => isNamed(one, own))
  if (!certificate) return 'the certificate of who made it is not there'
  const algorithm = ALGORITHMS.get(own.digestAlgorithm.algorithmId)
  if (!algorithm || !hasForm(own, certificate, algorithm))
    return `that of ${certificate.dn} has an algorithm or a form that is not accepted`
  const hash = algorithm.digest.replace('-', '').toLowerCase()
  const [signature, attributes] = [signatureOf(info), signedAttributesOf(info)]
  if (!holds(own, OID.messageDigest, hash, signature))
    return `that of ${certificate.dn} is of another signature`
  if (!attributes || !holds(own, OID.msgSigDigest, hash, attributes))
    return `that of ${certificate.dn} does not say which content it is for`
  if (!isSignedBy(certificate, hash, signedAttributesOf(own) ?? signature, own))
    return `the signature on that of ${certificate.dn} is not theirs`
  return { certificate, signedAt: signingTime(own), digest: algorithm.digest }
}

function parse(value: BaseBlock): SignerInfo | null {
  try {
    return new SignerInfo({ schema: value })
  } catch {
    // Whatever pkijs says of bytes that are none.
    return null
  }
}

/**
 * What is not signed, and could be changed: the version (RFC 5652, section 5.3), both algorithms and their
 * parameters (RFC 5754). A content type would make it a signature on some message (section 11.4).
 */
function hasForm(
  info: SignerInfo,
  { publicKey: { asymmetricKeyType: kind } }: Certificate,
  { rsa, ec }: { readonly rsa: string; readonly ec: string },
): boolean {
  const algorithms = kind === 'rsa' ? [OID.rsaEncryption, rsa] : kind === 'ec' ? [ec] : []
  return (
    info.version === (info.sid instanceof IssuerAndSerialNumber ? 1 : 3) &&
    algorithms.includes(info.signatureAlgorithm.algorithmId) &&
    [info.digestAlgorithm, info.signatureAlgorithm].every(isPlain) &&
    !hasAttribute(info, OID.contentType)
  )
}

/** Without parameters: left out, or NULL. */
const isPlain = ({ algorithmParams: given }: AlgorithmIdentifier): boolean =>
  given === undefined || given instanceof Null

/** Whether the signed attribute is the digest of just these bytes. */
function holds(info: SignerInfo, type: string, hash: string, bytes: Uint8Array): boolean {
  const digest = attribute(info, type)
  return digest instanceof OctetString && createHash(hash).update(bytes).digest().equals(contents(digest))
}
