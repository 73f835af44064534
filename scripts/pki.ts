import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

/** A throwaway certificate authority, for the demo, the benchmark and the tests. Never for real endorsers. */

export type KeyKind = 'rsa' | 'rsa-1024' | 'p256' | 'p384' | 'ed25519'

export interface Identity {
  /** Paths of the PEM files. */
  readonly certificate: string
  readonly key: string
}

export interface Wish {
  /** Slash form, e.g. `/DC=org/DC=example/CN=Owen Synge`. */
  readonly subject: string
  readonly kind?: KeyKind
  /** Lines of an OpenSSL extension section. */
  readonly extensions?: readonly string[]
  readonly from?: Date
  readonly until?: Date
  readonly digest?: string
  /** An existing private key instead of a new one. */
  readonly key?: string
  /** More options of `openssl req`, such as `-utf8`. */
  readonly options?: readonly string[]
}

export const AUTHORITY_EXTENSIONS = [
  'basicConstraints = critical, CA:TRUE',
  'keyUsage = critical, keyCertSign, cRLSign',
  'subjectKeyIdentifier = hash',
]

export const ENDORSER_EXTENSIONS = [
  'basicConstraints = critical, CA:FALSE',
  'keyUsage = critical, digitalSignature, keyEncipherment',
  'extendedKeyUsage = clientAuth, emailProtection',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid',
]

const KEYS: Record<KeyKind, readonly string[]> = {
  rsa: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['-algorithm', 'ED25519'],
}

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

/** One a certificate, with an index of its own: several can be issued at once. */
const configOf = (name: string, extensions: readonly string[]): string => `
[ca]
default_ca = this
[this]
database = ${name}.index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
policy = any
[any]
commonName = optional
[req]
distinguished_name = any
[extensions]
${extensions.join('\n')}
`

/** Runs the `openssl` program in `folder`; its standard output. */
export async function openssl(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('openssl', args, { cwd: folder, stdin: 'ignore' })
  return stdout
}

export async function makeKey(folder: string, name: string, kind: KeyKind = 'rsa'): Promise<string> {
  const key = join(folder, `${name}.key.pem`)
  await openssl(folder, 'genpkey', ...KEYS[kind], '-out', key)
  return key
}

/**
 * Issues a certificate, signed by `issuer` (null: self-signed), into `<name>.cert.pem` of `folder`, with its
 * key in `<name>.key.pem` (mode 600) unless one is given. `openssl ca` because only it takes free dates.
 */
export async function issue(
  folder: string,
  name: string,
  issuer: Identity | null,
  wish: Wish,
): Promise<Identity> {
  const { subject, kind, extensions = [], digest = 'sha256', options = [] } = wish
  const from = wish.from ?? new Date(Date.now() - HOUR)
  const until = wish.until ?? new Date(from.getTime() + YEAR)
  const key = wish.key ?? (await makeKey(folder, name, kind))
  const certificate = join(folder, `${name}.cert.pem`)
  const request = join(folder, `${name}.csr.pem`)
  const config = join(folder, `${name}.cnf`)
  await writeFile(config, configOf(name, extensions))
  await writeFile(join(folder, `${name}.index.txt`), '')
  await openssl(
    folder,
    ...['req', '-new', '-config', config, '-key', key, '-subj', subject, '-out', request, ...options],
  )
  await openssl(
    folder,
    ...['ca', '-batch', '-notext', '-preserveDN', '-config', config, '-in', request, '-out', certificate],
    ...['-md', digest, ...(extensions.length > 0 ? ['-extensions', 'extensions'] : [])],
    ...['-startdate', asn1Time(from), '-enddate', asn1Time(until)],
    ...(issuer ? ['-cert', issuer.certificate, '-keyfile', issuer.key] : ['-selfsign', '-keyfile', key]),
  )
  return { certificate, key }
}

const asn1Time = (time: Date): string => `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`

/** A CA folder as OpenSSL and the subscribers want it: every certificate under the hash of its subject. */
export async function makeTrustFolder(folder: string, authorities: readonly Identity[]): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const { certificate } of authorities) {
    const hash = await openssl(folder, 'x509', '-noout', '-hash', '-in', certificate)
    const taken = (await readdir(folder)).filter((name) => name.startsWith(`${hash}.`))
    await copyFile(certificate, join(folder, `${hash}.${taken.length}`))
  }
  return folder
}

/**
 * A CA and an endorser under it: `usercert.pem`, `userkey.pem` and the hashed CA folder `ca/` in `folder`;
 * the CA's own key and papers are in `authority/`.
 */
export async function makeAuthority(folder: string): Promise<void> {
  const papers = resolve(folder, 'authority')
  await mkdir(papers, { recursive: true })
  const ca = await issue(papers, 'ca', null, {
    subject: '/DC=org/DC=example/CN=Throwaway CA',
    kind: 'p256',
    extensions: AUTHORITY_EXTENSIONS,
    until: new Date(Date.now() + 10 * YEAR),
  })
  const endorser = await issue(papers, 'endorser', ca, {
    subject: '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge',
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
  })
  await rename(endorser.certificate, join(folder, 'usercert.pem'))
  await rename(endorser.key, join(folder, 'userkey.pem'))
  await makeTrustFolder(join(folder, 'ca'), [ca])
}
