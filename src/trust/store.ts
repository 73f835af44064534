import type { KeyObject } from 'node:crypto'
import { fault, systemCode, type VmcastError } from '../errors.ts'
import { readCertificates, type Certificate } from './certificate.ts'
import { readGiven } from './given-file.ts'
import { findKeys, holdsKey, openKey } from './private-key.ts'
import { reasonOf } from './reason.ts'
import type { Given } from './sources.ts'

/** What lies in one place. */
export interface Store {
  readonly certificates: readonly Certificate[]
  /** Each opens a private key, which may need its passphrase. */
  readonly keys: readonly (() => Promise<KeyObject>)[]
}

/**
 * Reads PEM, PKCS#12, or a certificate in DER, by what the bytes are. A file with a private key that others can
 * read is refused. PKCS#12 cannot be read without its passphrase. Throws `certificate-missing` (where nobody named
 * it), `signing-file-unreadable`, `signing-variable-unreadable`, `key-exposed`, `certificate-unreadable`, and what `openPkcs12` and `passphrase` throw.
 */
export async function readStore(given: Given, passphrase: () => Promise<string>): Promise<Store> {
  const { name, value } = given
  const bytes = isPem(value) ? Buffer.from(value) : await readFile(given)
  if (isPkcs12(bytes)) {
    const { openPkcs12 } = await import('./pkcs12.ts')
    const { certificates, keys } = openPkcs12(bytes, name, await passphrase())
    return { certificates, keys: keys.map((key) => () => Promise.resolve(key)) }
  }
  return {
    certificates: readCertificates(bytes, name),
    keys: findKeys(bytes.toString('latin1')).map((pem) => () => openKey(pem, name, passphrase)),
  }
}

const isPem = (value: string): boolean => value.startsWith('-----BEGIN')

/** A SEQUENCE that begins with the INTEGER 3, PFX's version; a certificate begins with another SEQUENCE. */
const isPkcs12 = (bytes: Buffer): boolean =>
  /^30(?:[0-7].|80|81.{2}|82.{4}|83.{6}|84.{8})020103/.test(bytes.toString('hex', 0, 9))

async function readFile(given: Given): Promise<Buffer> {
  return await readGiven(given.value, {
    unreadable: (error) => unreadable(error, given),
    exposed: (bytes) =>
      given.secret || isPkcs12(bytes) || holdsKey(bytes.toString('latin1'))
        ? fault('key-exposed', { path: given.value })
        : null,
  })
}

// No cause is kept: the system's message quotes the path that was tried.
function unreadable(error: unknown, { name, value, shown, instead, secret }: Given): VmcastError {
  if (instead && !secret && systemCode(error) === 'ENOENT')
    return fault('certificate-missing', { wanted: instead })
  const reason = reasonOf(error)
  return shown === value || instead
    ? fault('signing-file-unreadable', { path: shown, reason })
    : fault('signing-variable-unreadable', { name, reason })
}
