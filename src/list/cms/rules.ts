import { ObjectIdentifier } from 'asn1js'
import type { Attribute, SignedData, SignerInfo } from 'pkijs'
import type { Certificate } from '../../trust/certificate.ts'
import { checkEncoding } from './encoding.ts'
import { OID } from './oid.ts'
import { attribute, hasAttribute, signedAttributesOf } from './signer-info.ts'

/** Attributes that say what was signed, and so have no place among the unsigned ones. */
const TO_BE_SIGNED: readonly string[] = [OID.contentType, OID.messageDigest, OID.signingTime]

/** Where the identifiers of algorithms for a kind of key begin: of RSA Security, ANSI and NIST. */
const FAMILIES = {
  rsa: ['1.2.840.113549.1.1.', '2.16.840.1.101.3.4.3.'],
  ec: ['1.2.840.10045.', '2.16.840.1.101.3.4.3.'],
}

/**
 * Throws an Error if what surrounds a signature is not as RFC 5652 has it (sections 5.1, 5.3 and 11): none of this
 * changes whether the signature is right, but one of OpenSSL's programs would refuse it.
 */
export function checkRules(data: SignedData, info: SignerInfo, signer: Certificate): void {
  const digest = info.digestAlgorithm.algorithmId
  if (!data.digestAlgorithms.some(({ algorithmId }) => algorithmId === digest))
    throw new Error('its digest is not announced')
  const families = FAMILIES[signer.publicKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec']
  if (!families.some((family) => info.signatureAlgorithm.algorithmId.startsWith(family)))
    throw new Error('its algorithm is not one for such a key')
  if (info.unsignedAttrs?.attributes.some(({ type }: Attribute) => TO_BE_SIGNED.includes(type)))
    throw new Error('it has unsigned attributes that should be signed')
  const attributes = signedAttributesOf(info)
  if (!attributes) return
  checkEncoding(attributes, 'DER')
  const type = attribute(info, OID.contentType)
  if (!(type instanceof ObjectIdentifier) || type.getValue() !== data.encapContentInfo.eContentType)
    throw new Error('its attributes do not say of which type its content is')
  if (hasAttribute(info, OID.signingTime) && !attribute(info, OID.signingTime))
    throw new Error('it has more or less than one signing time')
  if (hasAttribute(info, OID.countersignature)) throw new Error('it has a signed countersignature')
}
