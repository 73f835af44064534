import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { fault, isFault, systemCode } from '../errors.ts'
import type { Trust } from '../model.ts'
import { Authority } from './authority.ts'
import { certificatesIn } from './certificate.ts'
import { Crl } from './crl.ts'
import { MIB, readGiven } from './given-file.ts'
import { reasonOf } from './reason.ts'
import { readSigningPolicy, usual, type SigningPolicy } from './signing-policy.ts'

/** Whom we trust: what a CA folder or bundle holds. */
export interface Anchors {
  readonly path: string
  /** Each one once. Self-signed ones end a chain; others may only stand inside one. */
  readonly certificates: readonly Authority[]
  /** SHA-256, sorted. */
  readonly fingerprints: readonly string[]
  readonly crls: readonly Crl[]
  readonly policies: readonly SigningPolicy[]
  /** Whether a CA without a current revocation list is still believed. */
  readonly crl: Trust['crl']
}

/** For where a list may be looked at although there is no CA to trust. */
export const NOBODY: Anchors = {
  path: 'none',
  certificates: [],
  fingerprints: [],
  crls: [],
  policies: [],
  crl: 'if-there',
}

const SYSTEM_FOLDER = '/etc/grid-security/certificates'

/** In a CA folder: what OpenSSL, and people, call certificates, revocation lists and policies. */
const NAME = /^(.+)\.(?:(\d+|pem|crt|cer)|(r\d+|crl)|signing_policy)$/

/** Bytes of a revocation list; the largest of a grid's CAs have a few MiB. */
const LARGEST = 16 * MIB
/** Bytes of a folder. */
const MOST = 128 * MIB
const SIDE_BY_SIDE = 8

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
  throw fault('trust-missing', { folder: SYSTEM_FOLDER })
}

/**
 * Reads a CA folder (hashed or plain) or a PEM bundle: certificates, and what stands there of revocation lists
 * (PEM or DER) and signing policies. `*.namespaces` says what `*.signing_policy` says in another language, and
 * is not read. What holds no certificate is passed over. Throws `trust-unreadable`, also if there is none at all.
 */
export async function loadAnchors(path: string, crl: Trust['crl'] = 'if-there'): Promise<Anchors> {
  const files = await readAll(path).catch((error: unknown) => {
    throw isFault(error, 'trust-unreadable')
      ? error
      : fault('trust-unreadable', { path, reason: reasonOf(error) }, error)
  })
  const held = new Map(files.map((file) => [file, authoritiesIn(file)]))
  const found = [...held.values()].flat()
  if (found.length === 0) throw fault('trust-unreadable', { path, reason: 'no CA certificate is there' })
  const unique = new Map(found.map((certificate) => [certificate.fingerprint, certificate]))
  return {
    path,
    certificates: [...unique.values()],
    fingerprints: [...unique.keys()].sort(),
    crls: files.flatMap(crlsIn),
    policies: files.filter(({ kind }) => kind === 'policy').map((file) => policyIn(file, held)),
    crl,
  }
}

interface TrustFile {
  readonly path: string
  /** The name without its ending, which a CA’s files share. */
  readonly stem: string
  readonly kind: 'certificate' | 'crl' | 'policy'
  readonly bytes: Buffer
}

async function readAll(path: string): Promise<TrustFile[]> {
  if (!(await stat(path)).isDirectory())
    return [{ path, stem: path, kind: 'certificate', bytes: await readFile(path) }]
  const limit = pLimit(SIDE_BY_SIDE)
  let left = MOST
  const files = (await readdir(path)).sort().map((name) =>
    limit(async () => {
      const file = left < 0 ? null : await readOne(path, name)
      left -= file?.bytes.length ?? 0
      if (left < 0) throw new Error(`it holds more than ${MOST / MIB} MiB`)
      return file ?? []
    }),
  )
  return (await Promise.all(files)).flat()
}

/** Null if a file of such a name has no place in a CA folder, or if it is none, as a dangling link. */
async function readOne(folder: string, name: string): Promise<TrustFile | null> {
  const [, stem, certificate, crl] = NAME.exec(name) ?? []
  if (stem === undefined) return null
  const path = join(folder, name)
  const kind = certificate ? 'certificate' : crl ? 'crl' : 'policy'
  const isFile = await stat(path).then((stats) => stats.isFile(), isNothing)
  if (isFile) return { path, stem, kind, bytes: await readFile(path) }
  // Its name alone says that there is a policy.
  return kind === 'policy' ? { path, stem, kind, bytes: Buffer.alloc(0) } : null
}

function isNothing(error: unknown): false {
  if (['ENOENT', 'ELOOP'].includes(systemCode(error) ?? '')) return false
  throw error
}

const readFile = (path: string): Promise<Buffer> =>
  readGiven(
    path,
    { unreadable: (error) => fault('trust-unreadable', { path, reason: reasonOf(error) }, error) },
    LARGEST,
  )

function authoritiesIn({ kind, bytes }: TrustFile): readonly Authority[] {
  if (kind !== 'certificate') return []
  try {
    return certificatesIn(bytes).map((der) => new Authority(der))
  } catch {
    return []
  }
}

const PEM = /-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g

function crlsIn({ kind, path, bytes }: TrustFile): Crl[] {
  if (kind === 'policy') return []
  const isDer = bytes[0] === 0x30
  if (isDer) return kind === 'crl' ? crlOf(bytes, path) : []
  return Array.from(bytes.toString('latin1').matchAll(PEM)).flatMap(([, base64 = '']) =>
    crlOf(Buffer.from(base64, 'base64'), path),
  )
}

/** None, where it is not even clear whose it would be: then that CA is one without a revocation list. */
function crlOf(der: Uint8Array, path: string): Crl[] {
  try {
    return [new Crl(der, path)]
  } catch {
    return []
  }
}

/** A policy that is not understood says that the CA whose name its file bears may issue nothing. */
function policyIn({ path, stem, bytes }: TrustFile, held: ReadonlyMap<TrustFile, readonly Authority[]>) {
  const policy = readSigningPolicy(bytes.toString('latin1'), path)
  if (policy) return policy
  const neighbours = [...held].flatMap(([file, authorities]) => (file.stem === stem ? authorities : []))
  return { file: path, subjects: new Map(neighbours.map((one) => [usual(one.read()?.dn ?? ''), []])) }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
