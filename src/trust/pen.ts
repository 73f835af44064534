import { sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Certificate } from './certificate.ts'

/** What signs: an endorser's certificate, and whatever holds its key. */
export interface Pen {
  readonly certificate: Certificate
  /** What else is in the certificate's file: goes into every signature. */
  readonly chain: readonly Certificate[]
  /** Signs the SHA-256 of `bytes`: RSA PKCS#1 v1.5, or ECDSA in DER (RFC 3279, section 2.2.3). */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

const signBytes = promisify(sign)

/** With a key that this process holds. */
export const signingWith =
  (key: KeyObject): Pen['sign'] =>
  (bytes) =>
    signBytes('sha256', bytes, key)
