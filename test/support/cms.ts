import { ContentInfo, SignedData, type SignerInfo } from 'pkijs'
import { OID } from '../../src/list/cms/oid.ts'

const SIGNATURE = /(?<=\n\n)MI[A-Za-z0-9+/=\n]+(?=\n\n--)/

/** The signature in a message of vmcast's. */
export const derOf = (message: Uint8Array): Buffer =>
  Buffer.from(SIGNATURE.exec(Buffer.from(message).toString('latin1'))?.[0] ?? '', 'base64')

/** The message with another signature. */
export const withDer = (message: Uint8Array, der: Uint8Array): Buffer => {
  const base64 = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return Buffer.from(Buffer.from(message).toString('latin1').replace(SIGNATURE, base64), 'latin1')
}

/** The message with whatever else `change` makes of its structure. */
export function altered(message: Uint8Array, change: (info: SignerInfo, data: SignedData) => void): Buffer {
  const data = new SignedData({ schema: ContentInfo.fromBER(derOf(message)).content })
  const [info] = data.signerInfos
  if (!info) throw new Error('nobody signed it')
  change(info, data)
  const outer = new ContentInfo({ contentType: OID.signedData, content: data.toSchema(true) })
  return withDer(message, new Uint8Array(outer.toSchema().toBER()))
}
