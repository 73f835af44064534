import { fromBER, OctetString, type BaseBlock } from 'asn1js'
import type { Pen } from '../../trust/pen.ts'
import { broken } from '../mime-headers.ts'
import { children } from './ber.ts'
import { digestOf, makeAttribute, makeSignerInfo, makeSigningTime } from './make.ts'
import { OID } from './oid.ts'
import { readSignature } from './read.ts'
import { signatureOf, signedAttributesOf } from './signer-info.ts'

/**
 * Adds a countersignature (RFC 5652, section 11.4) to a CMS signature by one signer, beside those that are
 * there, and the certificates of who countersigns. What was there stays byte by byte, but for the lengths
 * around it. Throws `message-broken`.
 *
 * A countersignature is over the value of the signature alone, and that does not say what was signed: an
 * endorser can find another key under which the same value is a good signature on another list, and get a
 * certificate for it. So the countersignature also signs the digest of the signed attributes that it
 * belongs to (msgSigDigest, RFC 2634), and one that does not never counts.
 */
export async function countersign(signature: Uint8Array, pen: Pen, now: Date): Promise<Uint8Array> {
  const { info, signer, others } = readSignature(signature)
  const attributes = signedAttributesOf(info)
  if (!attributes) throw broken('its signature says nothing of its content')
  const added = await makeSignerInfo(pen, [
    makeSigningTime(now),
    makeAttribute(OID.messageDigest, digestOf(signatureOf(info))),
    makeAttribute(OID.msgSigDigest, digestOf(attributes)),
  ])
  const countersignature = makeAttribute(OID.countersignature, added.toSchema()).toSchema().toBER()
  const known = new Set([signer, ...others].map(({ fingerprint }) => fingerprint))
  const certificates = [pen.certificate, ...pen.chain].filter(({ fingerprint }) => !known.has(fingerprint))
  return insert(
    signature,
    certificates.map(({ der }) => der),
    new Uint8Array(countersignature),
  )
}

/** Tags of what is optional in SignedData and SignerInfo (RFC 5652, sections 5.1 and 5.3). */
const CERTIFICATES = 0xa0
const UNSIGNED_ATTRIBUTES = 0xa1

/** Puts certificates into SignedData, and an attribute among the unsigned ones of its SignerInfo. */
function insert(
  signature: Uint8Array,
  certificates: readonly Uint8Array[],
  attribute: Uint8Array,
): Uint8Array {
  const { result: contentInfo } = fromBER(signature)
  const [data] = children(children(contentInfo)[1])
  const infos = children(data).length - 1
  const [info] = children(children(data)[infos])
  const unsigned = indexOf(info, UNSIGNED_ATTRIBUTES)
  const grown =
    unsigned < 0
      ? append(contentInfo, [1, 0, infos, 0], [enclose(UNSIGNED_ATTRIBUTES, [attribute])])
      : append(contentInfo, [1, 0, infos, 0, unsigned], [attribute])
  return append(fromBER(grown).result, [1, 0, indexOf(data, CERTIFICATES)], certificates)
}

const tagOf = (block: BaseBlock): number => block.valueBeforeDecodeView[0] ?? 0

const indexOf = (block: BaseBlock | undefined, tag: number): number =>
  children(block).findIndex((member) => tagOf(member) === tag)

/** The block with `added` behind the last member of what lies at `path`: the index of a member at each level. */
function append(
  block: BaseBlock,
  [index, ...path]: readonly number[],
  added: readonly Uint8Array[],
): Uint8Array {
  const members = children(block).map((member, at) =>
    at === index ? append(member, path, added) : member.valueBeforeDecodeView,
  )
  return enclose(tagOf(block), index === undefined ? [...members, ...added] : members)
}

/** A value in DER that holds these. */
function enclose(tag: number, members: readonly Uint8Array[]): Uint8Array {
  // The bytes that say how long it is are the same whatever it is.
  const bytes = new Uint8Array(new OctetString({ valueHex: Buffer.concat(members) }).toBER())
  bytes[0] = tag
  return bytes
}
