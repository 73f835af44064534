import { X509Certificate } from 'node:crypto'
import { readCertificate, type Certificate } from './certificate.ts'

/**
 * A CA’s certificate as it came. A folder has a hundred, and a chain needs few: what takes time is read when it is
 * first asked for.
 */
export class Authority {
  readonly x509: X509Certificate
  /** SHA-256 over the DER, lower-case hex. */
  readonly fingerprint: string
  #certificate: Certificate | null | undefined

  /** Throws an Error if `der` is no certificate. */
  constructor(der: Uint8Array) {
    this.x509 = new X509Certificate(der)
    this.fingerprint = this.x509.fingerprint256.replaceAll(':', '').toLowerCase()
  }

  /** Null if something in it is malformed: then nothing that it issued is trusted. */
  read(): Certificate | null {
    if (this.#certificate === undefined) this.#certificate = attempt(this.x509.raw)
    return this.#certificate
  }
}

function attempt(der: Uint8Array): Certificate | null {
  try {
    return readCertificate(der)
  } catch {
    return null
  }
}
