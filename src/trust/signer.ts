import { sign, verify, type KeyObject } from 'node:crypto'
import { fault, isFault } from '../errors.ts'
import type { Config, SignerFacts, Surroundings } from '../model.ts'
import type { Certificate } from './certificate.ts'
import { chainOf, leavesOf } from './bundle.ts'
import { signingWith, type Pen } from './pen.ts'
import { principalOf, proxyKind } from './proxy.ts'
import { sources, type Env, type Given, type Sources } from './sources.ts'
import { readStore, type Store } from './store.ts'

/** Who signs: all that can be known without the key. */
export interface Endorser extends SignerFacts, Omit<Pen, 'sign'> {}

/** An endorser with the private key. */
export interface Signer extends Endorser, Pen {
  readonly key: KeyObject
}

type Signing = Config['signing']
type Ask = Surroundings['askPassphrase']

const PASSPHRASE = 'VMCAST_X509_PASSPHRASE'

/**
 * Who would sign. Needs no key, and no passphrase unless the certificate lies in PKCS#12. Looks where
 * `loadSigner` looks. Throws what `loadEndorser` throws.
 */
export async function loadCertificate(
  signing: Signing,
  env: Env,
  home: string,
  ask: Ask,
): Promise<SignerFacts> {
  const { dn, ca, notAfter } = await loadEndorser(signing, env, home, ask)
  return { dn, ca, notAfter }
}

/**
 * As `loadCertificate`, with the certificate and its chain: for a key that something else holds. Throws
 * `certificate-missing`, `proxy-signer`, `key-mismatch`, and what `readStore` and `ask` throw.
 */
export async function loadEndorser(signing: Signing, env: Env, home: string, ask: Ask): Promise<Endorser> {
  const found = await find(signing, env, home, ask)
  return refuseProxy(await endorserOf(found), found)
}

/**
 * The certificate and the key to sign with: VMCAST_X509_*, then vmcast.yaml, then VMCASTER_X509_*, then
 * X509_USER_*, then ~/.globus. What is encrypted takes VMCAST_X509_PASSPHRASE, or what `ask` gives.
 * Throws what `loadEndorser` throws, and `key-missing`, `key-mismatch`, `key-damaged`.
 */
export async function loadSigner(signing: Signing, env: Env, home: string, ask: Ask): Promise<Signer> {
  const found = await find(signing, env, home, ask)
  const endorser = refuseProxy(await endorserOf(found), found)
  return await withKey(endorser, found)
}

/** As `loadSigner`, proxies included: for logging in somewhere. */
export async function loadIdentity(signing: Signing, env: Env, home: string, ask: Ask): Promise<Signer> {
  const found = await find(signing, env, home, ask)
  return await withKey(await endorserOf(found), found)
}

/** A certificate's place, and the way to its key. */
interface Found {
  /** What gave the certificate. */
  readonly name: string
  readonly certificates: readonly Certificate[]
  /** What gives the key. */
  readonly keyName: string
  /** Opens the private keys, once. */
  readonly openKeys: () => Promise<readonly KeyObject[]>
}

async function find(signing: Signing, env: Env, home: string, ask: Ask): Promise<Found> {
  const passphrase = (what: string) => async () => env[PASSPHRASE] ?? (await ask(what, PASSPHRASE))
  const { certificates, key, keyNames } = sources(signing, env, home)
  const [place, store] = await readFirst(certificates, passphrase('the signing certificate'))
  // A key that lies with its certificate comes before one that nobody named.
  const apart = key?.value === place.value || (key?.implied && store.keys.length > 0) ? null : key
  const open = async () => {
    const { keys } = apart ? await readStore(apart, passphrase('the signing key')) : store
    if (keys.length === 0)
      throw apart
        ? fault('key-unreadable', { name: apart.name })
        : fault('key-missing', { certificate: place.name, wanted: keyNames })
    return await openAll(keys)
  }
  let opened: Promise<readonly KeyObject[]> | null = null
  return {
    name: place.name,
    certificates: store.certificates,
    keyName: apart?.name ?? place.name,
    openKeys: () => (opened ??= open()),
  }
}

/** The first place that is there. */
async function readFirst(
  [given, ...others]: Sources['certificates'],
  passphrase: () => Promise<string>,
): Promise<[Given, Store]> {
  try {
    return [given, await readStore(given, passphrase)]
  } catch (error) {
    const [next, ...rest] = others
    if (!next || !isFault(error, 'certificate-missing')) throw error
    return await readFirst([next, ...rest], passphrase)
  }
}

/** One after another: each may have to ask. */
async function openAll(keys: Store['keys']): Promise<readonly KeyObject[]> {
  const opened: KeyObject[] = []
  for (const open of keys) opened.push(await open())
  return opened
}

/** The certificate that the key fits. Only where several could be meant is the key needed to tell. */
async function endorserOf({ certificates, openKeys, ...names }: Found): Promise<Endorser> {
  const leaves = leavesOf(certificates)
  const isClear = leaves.every(({ publicKey }, _, [one]) => one?.publicKey.equals(publicKey))
  const keys = isClear ? null : await openKeys()
  const own = keys ? leaves.filter((leaf) => keys.some((key) => leaf.x509.checkPrivateKey(key))) : leaves
  // Renewed with the same key: the newer one.
  const [certificate] = [...own].sort((a, b) => b.notAfter.getTime() - a.notAfter.getTime())
  if (!certificate) throw keys ? mismatch(names) : fault('certificate-unreadable', { name: names.name })
  const { dn, ca, notAfter } = certificate
  return { dn, ca, notAfter, certificate, chain: chainOf(certificate, certificates) }
}

function refuseProxy(endorser: Endorser, { name }: Found): Endorser {
  const { certificate, chain, dn } = endorser
  const kind = proxyKind(certificate)
  if (kind !== null)
    throw fault('proxy-signer', { name, kind, dn, principal: principalOf(certificate, chain) })
  return endorser
}

async function withKey(endorser: Endorser, { openKeys, ...names }: Found): Promise<Signer> {
  const { certificate } = endorser
  const key = (await openKeys()).find((one) => certificate.x509.checkPrivateKey(one))
  if (!key) throw mismatch(names)
  if (!canSign(key, certificate)) throw fault('key-damaged', { name: names.keyName })
  return { ...endorser, key, sign: signingWith(key) }
}

const mismatch = ({ name, keyName }: Pick<Found, 'name' | 'keyName'>) =>
  fault('key-mismatch', { certificate: name, key: keyName })

/** A damaged key may still have the right public half. */
function canSign(key: KeyObject, { publicKey }: Certificate): boolean {
  const probe = Buffer.from('vmcast')
  try {
    return verify(null, probe, publicKey, sign(null, probe, key))
  } catch {
    return false
  }
}
