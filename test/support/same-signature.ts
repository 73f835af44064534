import { createECDH, createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { fromBER, Integer, Sequence } from 'asn1js'

/** The order of P-256 (FIPS 186-5, through SP 800-186). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * Another P-256 key under which `signature`, made by `key` over the SHA-256 of `signed`, is a good signature
 * over `other`: what an endorser can compute, and get a certificate for, in no time.
 */
export function keyWithSameSignature(
  key: KeyObject,
  signature: Uint8Array,
  signed: Uint8Array,
  other: Uint8Array,
): KeyObject {
  const { result } = fromBER(signature)
  const [r] = result instanceof Sequence ? result.valueBlock.value : []
  if (!(r instanceof Integer)) throw new Error('this is no ECDSA signature')
  const d = BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')}`)
  // s·k = e + r·d = e′ + r·d′ (mod n)
  const difference = (digest(signed) - digest(other)) * inverse(r.toBigInt())
  return keyOf((((d + difference) % ORDER) + ORDER) % ORDER)
}

const digest = (bytes: Uint8Array): bigint => BigInt(`0x${createHash('sha256').update(bytes).digest('hex')}`)

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value % ORDER]
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER
    base = (base * base) % ORDER
  }
  return result
}

function keyOf(d: bigint): KeyObject {
  const bytes = Buffer.from(d.toString(16).padStart(64, '0'), 'hex')
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(bytes)
  const point = ecdh.getPublicKey()
  const text = (part: Buffer) => part.toString('base64url')
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))]
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: text(bytes), x, y } })
}
