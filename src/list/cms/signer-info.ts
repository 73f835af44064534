import { type BaseBlock, GeneralizedTime, OctetString, UTCTime } from 'asn1js'
import { type Attribute, IssuerAndSerialNumber, type SignerInfo } from 'pkijs'
import type { Certificate } from '../../trust/certificate.ts'
import { children, contents } from './ber.ts'
import { OID } from './oid.ts'

/**
 * Whether the SignerInfo names this certificate, by issuer and serial number or by its key identifier
 * (RFC 5652, section 5.3); names are compared byte by byte.
 */
export function isNamed({ asn1: certificate }: Certificate, info: SignerInfo): boolean {
  // pkijs types the choice as `any`: it is one of the two.
  const sid = info.sid as IssuerAndSerialNumber | BaseBlock
  if (sid instanceof IssuerAndSerialNumber)
    return (
      certificate.issuer.isEqual(sid.issuer.valueBeforeDecode) &&
      certificate.serialNumber.isEqual(sid.serialNumber)
    )
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

/** Whether there is such a signed attribute, whatever it says. */
export const hasAttribute = ({ signedAttrs }: SignerInfo, type: string): boolean =>
  signedAttrs?.attributes.some((one: Attribute) => one.type === type) ?? false

/** When its signer’s clock says that it was signed; null if it does not. */
export function signingTime(info: SignerInfo): Date | null {
  const time = attribute(info, OID.signingTime)
  return time instanceof UTCTime || time instanceof GeneralizedTime ? time.toDate() : null
}

/** The value of the signature. */
export const signatureOf = ({ signature }: SignerInfo): Uint8Array => new Uint8Array(signature.getValue())

/** The signed attributes as the signature is over them: as a SET; null if there are none. */
export const signedAttributesOf = ({ signedAttrs }: SignerInfo): Uint8Array | null =>
  signedAttrs ? new Uint8Array(signedAttrs.encodedValue) : null
