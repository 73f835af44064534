import { createHash, verify } from 'node:crypto'
import { fault, systemCode } from '../errors.ts'
import type { Certificate } from './certificate.ts'
import type { Pen } from './pen.ts'

/** DigestInfo of SHA-256 without the digest (RFC 8017, section 9.2, note 1). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** Bytes: no signature is longer. */
const LONGEST = 4096

/**
 * Signs with a program, for a key in a token or an HSM. It reads a DigestInfo (RSA) or a SHA-256 (ECDSA), and
 * writes the signature: of ECDSA in DER, or as the two numbers alone. Its standard error is the user's.
 * Throws `signing-program-failed`, also where that is no signature by the certificate's key.
 */
export function signingWithProgram(
  { publicKey }: Certificate,
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
): Pen['sign'] {
  const failed = (reason: string, cause?: unknown) =>
    fault('signing-program-failed', { program, reason }, cause)
  const isRsa = publicKey.asymmetricKeyType === 'rsa'
  return async (bytes) => {
    const { execa } = await import('execa')
    const digest = createHash('sha256').update(bytes).digest()
    const { exitCode, cause, stdout } = await execa(program, args, {
      input: isRsa ? Buffer.concat([DIGEST_INFO, digest]) : digest,
      encoding: 'buffer',
      stderr: 'inherit',
      reject: false,
      maxBuffer: LONGEST,
      stripFinalNewline: false,
      cancelSignal: signal,
    })
    signal.throwIfAborted()
    if (exitCode !== 0) {
      const isMissing = systemCode(cause) === 'ENOENT'
      throw failed(isMissing ? 'there is no such program' : `it ended with ${exitCode ?? 'a signal'}`, cause)
    }
    const encodings = isRsa ? (['der'] as const) : (['der', 'ieee-p1363'] as const)
    for (const dsaEncoding of encodings) {
      if (!isSignature(bytes, { key: publicKey, dsaEncoding }, stdout)) continue
      return dsaEncoding === 'der' ? stdout : await inDer(stdout)
    }
    throw failed('what it wrote is no signature by the key of the certificate')
  }
}

function isSignature(bytes: Uint8Array, key: Parameters<typeof verify>[2], signature: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, key, signature)
  } catch {
    return false // OpenSSL throws where a value has not even the form of a signature
  }
}

/** The two numbers of an ECDSA signature as a SEQUENCE (RFC 3279, section 2.2.3). */
async function inDer(numbers: Uint8Array): Promise<Uint8Array> {
  const { createCMSECDSASignature } = await import('pkijs')
  return new Uint8Array(createCMSECDSASignature(new Uint8Array(numbers).buffer))
}
