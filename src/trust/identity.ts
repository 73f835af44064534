import { sign, verify, type KeyObject } from 'node:crypto'
import { fault, isFault } from '../errors.ts'
import type { SignerFacts } from '../model.ts'
import { chainOf, leavesOf } from './bundle.ts'
import type { Certificate } from './certificate.ts'
import { signingWith, type Pen } from './pen.ts'
import { isSameKey } from './same-key.ts'
import type { Given, Sources } from './sources.ts'
import { readStore, type Store } from './store.ts'

/** Who signs: all that can be known without the key. */
export interface Endorser extends SignerFacts, Omit<Pen, 'sign'> {}

/** An endorser with the private key. */
export interface Signer extends Endorser, Pen {
  readonly key: KeyObject
}

/** Somebody's certificate, and the way to its key. */
export interface Identity {
  /** What gave the certificate, for messages. */
  readonly name: string
  readonly endorser: Endorser
  /** Throws `key-missing`, `key-mismatch`, `key-damaged`, and what `readStore` and `openKey` throw. */
  readonly open: () => Promise<Signer>
}

/** Gives the passphrase of `what` (as in `the signing key`). */
export type Passphrase = (what: string) => Promise<string>

/**
 * Reads the certificate that fits the key, in whatever order its file has them; the key only where several could
 * be meant. Throws `certificate-missing`, `certificate-unreadable`, `key-mismatch`, and what `readStore` throws.
 */
export async function findIdentity(sources: Sources, passphrase: Passphrase): Promise<Identity> {
  const [place, store] = await readFirst(sources.certificates, () => passphrase('the signing certificate'))
  const keys = keysFor(place, store, sources, passphrase)
  const certificate = await ownCertificate(store.certificates, keys)
  const { dn, ca, notAfter } = certificate
  const endorser = { dn, ca, notAfter, certificate, chain: chainOf(certificate, store.certificates) }
  const open = async () => {
    const key = (await keys.open()).find((one) => certificate.x509.checkPrivateKey(one))
    if (!key) throw mismatch(keys)
    if (!canSign(key, certificate)) throw fault('key-damaged', { name: keys.name })
    return { ...endorser, key, sign: signingWith(key) }
  }
  return { name: place.name, endorser, open }
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

/** The private keys that could belong to a certificate. */
interface Keys {
  /** What gave the certificate. */
  readonly certificate: string
  /** What gives the keys. */
  readonly name: string
  /** Opens them, once. */
  readonly open: () => Promise<readonly KeyObject[]>
}

function keysFor(place: Given, store: Store, { key, keyNames }: Sources, passphrase: Passphrase): Keys {
  // A key that lies with its certificate comes before one that nobody named.
  const apart = key?.value === place.value || (key?.instead && store.keys.length > 0) ? null : key
  const open = async () => {
    const { keys } = apart ? await readStore(apart, () => passphrase('the signing key')) : store
    if (keys.length > 0) return await openAll(keys)
    if (apart) throw fault('key-unreadable', { name: apart.name })
    throw fault('key-missing', { certificate: place.name, wanted: keyNames })
  }
  let opened: Promise<readonly KeyObject[]> | null = null
  return { certificate: place.name, name: (apart ?? place).name, open: () => (opened ??= open()) }
}

/** One after another: each may have to ask. */
async function openAll(keys: Store['keys']): Promise<readonly KeyObject[]> {
  const opened: KeyObject[] = []
  for (const open of keys) opened.push(await open())
  return opened
}

async function ownCertificate(certificates: readonly Certificate[], keys: Keys): Promise<Certificate> {
  const leaves = leavesOf(certificates)
  if (leaves.length === 0) throw fault('certificate-unreadable', { name: keys.certificate })
  const isClear = leaves.every(({ publicKey }, _, [first]) => first && isSameKey(first.publicKey, publicKey))
  const opened = isClear ? [] : await keys.open()
  const fitting = leaves.filter(({ x509 }) => isClear || opened.some((key) => x509.checkPrivateKey(key)))
  // Renewed with the same key: the newer one.
  const [certificate] = fitting.sort((a, b) => b.notAfter.getTime() - a.notAfter.getTime())
  if (!certificate) throw mismatch(keys)
  return certificate
}

const mismatch = ({ certificate, name }: Keys) => fault('key-mismatch', { certificate, key: name })

/** A damaged key may still have the right public half. */
function canSign(key: KeyObject, { publicKey }: Certificate): boolean {
  const probe = Buffer.from('vmcast')
  try {
    return verify(null, probe, publicKey, sign(null, probe, key))
  } catch {
    return false
  }
}
