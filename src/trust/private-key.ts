import { createPrivateKey, type KeyObject } from 'node:crypto'
import { fault, systemCode, type VmcastError } from '../errors.ts'

/** One private key in PEM, whatever its form. */
const PEM = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----(?:(?!-----)[^])*-----END \1PRIVATE KEY-----/g

/** Whether there is a private key in a text, or what was one. */
export const holdsKey = (text: string): boolean => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)

/** The private keys of a PEM text, in their order; whatever stands between them is passed over. */
export const findKeys = (text: string): readonly string[] => Array.from(text.matchAll(PEM), ([pem]) => pem)

/**
 * Opens a private key: PKCS#1, PKCS#8 or SEC1, encrypted or not, the form with `Proc-Type` included. `name` is what
 * gave it. Throws `key-unreadable`, `key-cipher`, `key-unopened`, `passphrase-wrong`, and what `passphrase` throws.
 * No error has a cause: nothing of what was given here may come out again.
 */
export async function openKey(
  pem: string,
  name: string,
  passphrase: () => Promise<string>,
): Promise<KeyObject> {
  const encrypted = /ENCRYPTED/.test(pem)
  const given = encrypted ? await passphrase() : undefined
  try {
    return createPrivateKey({ key: pem, ...(given !== undefined && { passphrase: given }) })
  } catch (error) {
    throw encrypted ? unopened(error, name) : fault('key-unreadable', { name })
  }
}

/** By what OpenSSL says of it. */
function unopened(error: unknown, name: string): VmcastError {
  const code = systemCode(error) ?? ''
  if (code === 'ERR_OSSL_BAD_DECRYPT') return fault('passphrase-wrong', { name })
  if (/^ERR_OSSL_(EVP_UNSUPPORTED|PEM_UNSUPPORTED_(ENCRYPTION|CIPHER))$/.test(code))
    return fault('key-cipher', { name })
  return fault('key-unopened', { name })
}
