import { type BaseBlock, Constructed, GeneralizedTime, OctetString, UTCTime } from 'asn1js'
import { type Attribute, IssuerAndSerialNumber, type SignerInfo } from 'pkijs'
import type { Certificate } from '../../trust/certificate.ts'
import { OID } from './oid.ts'

/** The members of a SEQUENCE, a SET or the like; none for anything else. */
export const children = (block: BaseBlock | undefined): readonly BaseBlock[] =>
  block instanceof Constructed ? block.valueBlock.value : []

/** What is behind a block's tag and length. */
export const contents = (block: BaseBlock): Uint8Array =>
  block.valueBeforeDecodeView.subarray(block.idBlock.blockLength + block.lenBlock.blockLength)

/**
 * Whether the SignerInfo names this certificate, by issuer and serial number or by its key identifier
 * (RFC 5652, section 5.3); names are compared byte by byte.
 */
export function isNamed({ asn1: certificate }: Certificate, info: SignerInfo): boolean {
  // pkijs types the choice as `any`: it is one of the two.
  const sid = info.sid as IssuerAndSerialNumber | BaseBlock
  if (sid instanceof IssuerAndSerialNumber)
    return certificate.issuer.isEqual(sid.issuer.valueBeforeDecode) && certificate.serialNumber.isEqual(sid.serialNumber)
  const identifier: unknown = certificate.extensions?.find(
    ({ extnID }) => extnID === OID.keyIdentifier,
  )?.parsedValue
  const wanted = children(sid)[0] ?? sid
  return identifier instanceof OctetString && Buffer.compare(contents(identifier), contents(wanted)) === 0
}

/** The one value of a signed attribute; null if it is missing, or stands there more than once. */
export function attribute({ signedAttrs }: SignerInfo, type: string): unknown {
  const found = signedAttrs?.attributes.filter((one: Attribute) => one.type === type) ?? []
  const [value, another] = found.flatMap(({ values }): unknown[] => values)
  return another === undefined ? value : null
}

/** When its signer’s clock says that it was signed; null if it does not. */
export function signingTime(info: SignerInfo): Date | null {
  const time = attribute(info, OID.signingTime)
  return time instanceof UTCTime || time instanceof GeneralizedTime ? time.toDate() : null
}
