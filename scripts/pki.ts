import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { execa } from 'execa'

/** A throwaway certificate authority, for the demo, the benchmark and the tests. Never for real endorsers. */

export type KeyKind = 'rsa' | 'rsa-1024' | 'rsa-768' | 'p192' | 'p256' | 'p384' | 'explicit' | 'ed25519'

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

const rsa = (modulusLength: number) => () => generateKeyPairSync('rsa', { modulusLength }).privateKey
const ec = (namedCurve: string) => () => generateKeyPairSync('ec', { namedCurve }).privateKey

const KEYS: Record<KeyKind, () => KeyObject> = {
  rsa: rsa(2048),
  'rsa-1024': rsa(1024),
  'rsa-768': rsa(768),
  p192: ec('prime192v1'),
  p256: ec('prime256v1'),
  p384: ec('secp384r1'),
  // The curve's numbers instead of its name.
  explicit: () =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' }).privateKey,
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
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
default_md = sha256
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
  await writeFile(key, KEYS[kind]().export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
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

/** A certificate that its CA takes back. */
export interface Withdrawal {
  /** In hex. */
  readonly serial: string
  readonly on: Date
  /** As `openssl ca` calls it: `keyCompromise`, `removeFromCRL`, … */
  readonly reason?: string
}

export interface CrlWish {
  readonly revoked?: readonly Withdrawal[]
  readonly from?: Date
  readonly until?: Date
  readonly extensions?: readonly string[]
  readonly digest?: string
}

/** Writes the revocation list of `issuer` into `<name>.crl.pem` of `folder`, and returns its path. */
export async function makeCrl(
  folder: string,
  name: string,
  issuer: Identity,
  { revoked = [], extensions = CRL_EXTENSIONS, digest = 'sha256', ...wish }: CrlWish = {},
): Promise<string> {
  const from = wish.from ?? new Date(Date.now() - HOUR)
  const until = wish.until ?? new Date(from.getTime() + YEAR)
  const entries = revoked.map(({ serial, on, reason }) => {
    const time = [asn1Time(on).slice(2), ...(reason === undefined ? [] : [reason])].join()
    return `R\t${asn1Time(until).slice(2)}\t${time}\t${serial}\tunknown\t/CN=revoked\n`
  })
  const config = join(folder, `${name}.crl.cnf`)
  const crl = join(folder, `${name}.crl.pem`)
  await writeFile(config, configOf(`${name}.crl`, extensions))
  await writeFile(join(folder, `${name}.crl.index.txt`), entries.join(''))
  await openssl(
    folder,
    ...['ca', '-gencrl', '-config', config, '-cert', issuer.certificate, '-keyfile', issuer.key],
    ...['-crl_lastupdate', asn1Time(from), '-crl_nextupdate', asn1Time(until), '-md', digest],
    ...[...(extensions.length > 0 ? ['-crlexts', 'extensions'] : []), '-out', crl],
  )
  return crl
}

const CRL_EXTENSIONS = ['authorityKeyIdentifier = keyid']

const asn1Time = (time: Date): string => `${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`

/** A CA folder as OpenSSL and the subscribers want it: certificates and revocation lists under their CAs’ hashes. */
export async function makeTrustFolder(
  folder: string,
  authorities: readonly Identity[],
  crls: readonly string[] = [],
): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const { certificate } of authorities)
    await store(certificate, folder, await openssl(folder, 'x509', '-noout', '-hash', '-in', certificate), '')
  for (const crl of crls)
    await store(crl, folder, await openssl(folder, 'crl', '-noout', '-hash', '-in', crl), 'r')
  return folder
}

async function store(file: string, folder: string, hash: string, prefix: string): Promise<void> {
  const names = await readdir(folder)
  const taken = names.filter((name) => new RegExp(`^${hash}\\.${prefix}\\d+$`).test(name))
  await copyFile(file, join(folder, `${hash}.${prefix}${taken.length}`))
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
  await makeTrustFolder(join(folder, 'ca'), [ca], [await makeCrl(papers, 'ca', ca)])
}
