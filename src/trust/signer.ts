import { createPrivateKey, type KeyObject } from 'node:crypto'
import { fault, systemCode, type VmcastError } from '../errors.ts'
import type { Config, SignerFacts, Surroundings } from '../model.ts'
import { readCertificates, type Certificate } from './certificate.ts'
import { readGiven } from './given-file.ts'
import { signingWith, type Pen } from './pen.ts'
import { reasonOf } from './reason.ts'
import { certificateOf, keyOf, LAST_RESORT, sources, type Env, type Given } from './sources.ts'

/** Who signs: all that can be known without the key. */
export interface Endorser extends SignerFacts, Omit<Pen, 'sign'> {}

/** An endorser with the private key. */
export interface Signer extends Endorser, Pen {
  readonly key: KeyObject
}

type Signing = Config['signing']

/**
 * Who would sign. Needs no key. Looks where `loadSigner` looks.
 * Throws `certificate-missing`, `certificate-unreadable`, `signing-file-unreadable`.
 */
export async function loadCertificate(signing: Signing, env: Env, home: string): Promise<SignerFacts> {
  const { dn, ca, notAfter } = await loadEndorser(signing, env, home)
  return { dn, ca, notAfter }
}

/** As `loadCertificate`, with the certificate and its chain: for a key that something else holds. */
export async function loadEndorser(signing: Signing, env: Env, home: string): Promise<Endorser> {
  const [certificate, ...chain] = await readChain(certificateOf(sources(signing, env, home)))
  const { dn, ca, notAfter } = certificate
  return { dn, ca, notAfter, certificate, chain }
}

/**
 * The certificate and the key to sign with: VMCAST_X509_*, then vmcast.yaml, then VMCASTER_X509_*, then
 * X509_USER_*, then ~/.globus. An encrypted key takes VMCAST_X509_PASSPHRASE, or what `askPassphrase` gives.
 * Throws what `loadCertificate` throws, and `key-missing`, `key-unreadable`, `key-exposed`, `key-mismatch`,
 * `passphrase-wrong`, and what `askPassphrase` throws.
 */
export async function loadSigner(
  signing: Signing,
  env: Env,
  home: string,
  askPassphrase: Surroundings['askPassphrase'],
): Promise<Signer> {
  const places = sources(signing, env, home)
  const givenKey = keyOf(places)
  const endorser = await loadEndorser(signing, env, home)
  const pem = await readKey(givenKey)
  const key = await openKey(
    pem,
    givenKey.name,
    () => env[PASSPHRASE] ?? askPassphrase('the signing key', PASSPHRASE),
  )
  if (!endorser.certificate.x509.checkPrivateKey(key))
    throw fault('key-mismatch', { certificate: certificateOf(places).name, key: givenKey.name })
  return { ...endorser, key, sign: signingWith(key) }
}

const PASSPHRASE = 'VMCAST_X509_PASSPHRASE'

const isPem = (value: string): boolean => value.startsWith('-----BEGIN')

async function readChain({ name, value, shown }: Given): Promise<[Certificate, ...Certificate[]]> {
  const bytes = isPem(value)
    ? value
    : await readGiven(value, { unreadable: (error) => missing(error, name, shown) })
  const [certificate, ...chain] = readCertificates(bytes, name)
  if (!certificate) throw fault('certificate-unreadable', { name })
  return [certificate, ...chain]
}

function missing(error: unknown, name: string, shown: string): VmcastError {
  if (systemCode(error) !== 'ENOENT' || name !== LAST_RESORT.certificate) return unreadable(error, shown)
  return fault('certificate-missing', { tried: ['the environment', 'vmcast.yaml', name] })
}

// No cause is kept: the system's message quotes the path that was tried.
const unreadable = (error: unknown, shown: string) =>
  fault('signing-file-unreadable', { path: shown, reason: reasonOf(error) })

/** The PEM of a private key; a file that others can read is refused before it is. */
async function readKey({ value, shown }: Given): Promise<string> {
  if (isPem(value)) return value
  const bytes = await readGiven(value, {
    unreadable: (error) => unreadable(error, shown),
    exposed: () => fault('key-exposed', { path: value }),
  })
  return bytes.toString()
}

async function openKey(
  pem: string,
  name: string,
  passphrase: () => string | Promise<string>,
): Promise<KeyObject> {
  // No cause is kept: nothing of what was given here may come out again.
  if (/ENCRYPTED/.test(pem)) {
    const given = await passphrase()
    try {
      return createPrivateKey({ key: pem, passphrase: given })
    } catch {
      throw fault('passphrase-wrong', { name })
    }
  }
  try {
    return createPrivateKey(pem)
  } catch {
    throw fault('key-unreadable', { name })
  }
}
