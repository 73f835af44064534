import { randomUUID } from 'node:crypto'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { openssl, type Identity } from '../../scripts/pki.ts'
import type { Pki } from './pki.ts'

/** A PKCS#12 file of an endorser and the CA, mode 600; `options` of `openssl pkcs12 -export`. */
export async function makePkcs12(
  { folder, ca }: Pki,
  { certificate, key }: Identity,
  passphrase: string,
  options: readonly string[] = [],
): Promise<string> {
  const path = join(folder, `${randomUUID()}.p12`)
  await openssl(
    folder,
    ...['pkcs12', '-export', '-in', certificate, '-inkey', key, '-certfile', ca.certificate],
    ...['-out', path, '-passout', `pass:${passphrase}`, ...options],
  )
  await chmod(path, 0o600)
  return path
}
