import { createHash, type KeyObject } from 'node:crypto'
import {
  type BaseBlock,
  GeneralizedTime,
  Null,
  ObjectIdentifier,
  OctetString,
  Set as Asn1Set,
  UTCTime,
} from 'asn1js'
import {
  AlgorithmIdentifier,
  Attribute,
  Certificate as Asn1Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs'
import type { Pen } from '../../trust/pen.ts'
import { OID } from './oid.ts'

/**
 * Signs `content`, detached: one SignerInfo by issuer and serial number, SHA-256, RSA PKCS#1 v1.5 or ECDSA,
 * with the chain's certificates (subscriber contract, point 5). The structure in DER.
 */
export async function makeSignature(content: Uint8Array, pen: Pen, now: Date): Promise<Uint8Array> {
  const info = await makeSignerInfo(pen, [
    makeAttribute(OID.contentType, new ObjectIdentifier({ value: OID.data })),
    makeSigningTime(now),
    makeAttribute(OID.messageDigest, digestOf(content)),
  ])
  const data = new SignedData({
    version: 1,
    digestAlgorithms: [info.digestAlgorithm],
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: [pen.certificate, ...pen.chain].map(({ der }) => Asn1Certificate.fromBER(der)),
    signerInfos: [info],
  })
  const outer = new ContentInfo({ contentType: OID.signedData, content: data.toSchema(true) })
  return new Uint8Array(outer.toSchema().toBER())
}

/** A SignerInfo (RFC 5652, section 5.3) over signed attributes that are in DER’s order: the shorter first. */
export async function makeSignerInfo(pen: Pen, attributes: Attribute[]): Promise<SignerInfo> {
  const { issuer, serialNumber } = Asn1Certificate.fromBER(pen.certificate.der)
  const toSign = new Asn1Set({ value: attributes.map((one) => one.toSchema()) }).toBER()
  return new SignerInfo({
    version: 1,
    sid: new IssuerAndSerialNumber({ issuer, serialNumber }),
    digestAlgorithm: new AlgorithmIdentifier({ algorithmId: OID.sha256 }),
    signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes }),
    signatureAlgorithm: signatureAlgorithm(pen.certificate.publicKey),
    signature: new OctetString({ valueHex: await pen.sign(Buffer.from(toSign)) }),
  })
}

export const makeAttribute = (type: string, value: BaseBlock): Attribute =>
  new Attribute({ type, values: [value] })

/** From 2050 on the year has four digits, and a second has no parts (RFC 5652, section 11.3). */
export function makeSigningTime(now: Date): Attribute {
  const valueDate = new Date(Math.floor(now.getTime() / 1000) * 1000)
  const isLong = valueDate.getUTCFullYear() >= 2050
  return makeAttribute(
    OID.signingTime,
    isLong ? new GeneralizedTime({ valueDate }) : new UTCTime({ valueDate }),
  )
}

/** The SHA-256 of some bytes, as an attribute's value. */
export const digestOf = (bytes: Uint8Array): OctetString =>
  new OctetString({ valueHex: createHash('sha256').update(bytes).digest() })

const signatureAlgorithm = ({ asymmetricKeyType }: KeyObject): AlgorithmIdentifier =>
  asymmetricKeyType === 'ec'
    ? new AlgorithmIdentifier({ algorithmId: OID.ecdsaWithSha256 })
    : new AlgorithmIdentifier({ algorithmId: OID.rsaEncryption, algorithmParams: new Null() })
