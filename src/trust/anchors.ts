import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, isFault, systemCode } from '../errors.ts'
import { readCertificates, type Certificate } from './certificate.ts'
import { reasonOf } from './reason.ts'

/** Whom we trust: the certificates of a CA folder or bundle. */
export interface Anchors {
  readonly path: string
  /** Each one once. Self-signed ones end a chain; others may only stand inside one. */
  readonly certificates: readonly Certificate[]
  /** SHA-256, sorted. */
  readonly fingerprints: readonly string[]
}

const SYSTEM_FOLDER = '/etc/grid-security/certificates'

/** In a CA folder: OpenSSL's hashed names, and what else people call certificates. */
const CERTIFICATE_NAME = /\.(\d+|pem|crt|cer)$/

/**
 * The folder or bundle that says whom to trust: `trust.ca`, else X509_CERT_DIR, else the grid's own folder;
 * never the system's web CAs. Throws `trust-missing` if there is none.
 */
export async function findAnchors(
  configured: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = configured ?? env['X509_CERT_DIR']
  if (given) return given
  if (await exists(SYSTEM_FOLDER)) return SYSTEM_FOLDER
  throw fault('trust-missing', {
    tried: ['no trust.ca in vmcast.yaml', 'no X509_CERT_DIR', `no folder ${SYSTEM_FOLDER}`],
  })
}

/**
 * Reads a CA folder (hashed or plain) or a PEM bundle. Files of a folder that hold no certificate are passed
 * over. Throws `trust-unreadable`, also if nothing at all was found.
 */
export async function loadAnchors(path: string): Promise<Anchors> {
  const found = await readAll(path).catch((error: unknown) => {
    throw fault('trust-unreadable', { path, reason: reasonOf(error) }, error)
  })
  if (found.length === 0) throw fault('trust-unreadable', { path, reason: 'no CA certificate is there' })
  const unique = new Map(found.map((certificate) => [certificate.fingerprint, certificate]))
  return { path, certificates: [...unique.values()], fingerprints: [...unique.keys()].sort() }
}

async function readAll(path: string): Promise<Certificate[]> {
  if (!(await stat(path)).isDirectory()) return readCertificates(await readFile(path), path)
  const names = (await readdir(path)).filter((name) => CERTIFICATE_NAME.test(name)).sort()
  const found = await Promise.all(names.map((name) => readOne(join(path, name))))
  return found.flat()
}

async function readOne(path: string): Promise<Certificate[]> {
  try {
    return readCertificates(await readFile(path), path)
  } catch (error) {
    // A dangling link or a folder with such a name is no certificate; one that may not be read is a fault.
    if (isFault(error, 'certificate-unreadable')) return []
    if (['ENOENT', 'EISDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return []
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
