import { fault } from '../errors.ts'
import type { Config, Surroundings } from '../model.ts'
import { findIdentity, type Endorser, type Identity, type Signer } from './identity.ts'
import { principalOf, proxyKind } from './proxy.ts'
import { sources, type Env } from './sources.ts'

export type { Endorser, Signer } from './identity.ts'

/** Null: there is no vmcast.yaml to be asked. */
type Signing = Config['signing'] | null
type Ask = Surroundings['askPassphrase']

/**
 * Who would sign, with the certificate and its chain. Needs no key, and no passphrase unless the certificate lies in
 * PKCS#12. Looks where `loadSigner` looks. Throws `proxy-signer`, and what `findIdentity` and `ask` throw.
 */
export async function loadEndorser(signing: Signing, env: Env, home: string, ask: Ask): Promise<Endorser> {
  return (await findSigner(signing, env, home, ask)).endorser
}

/**
 * The certificate and the key to sign with: VMCAST_X509_*, then vmcast.yaml, then VMCASTER_X509_*, then
 * X509_USER_*, then ~/.globus. What is encrypted takes VMCAST_X509_PASSPHRASE, or what `ask` gives.
 * Throws what `loadEndorser` throws, and what opening the key throws (`Identity`).
 */
export async function loadSigner(signing: Signing, env: Env, home: string, ask: Ask): Promise<Signer> {
  return await (await findSigner(signing, env, home, ask)).open()
}

const PASSPHRASE = 'VMCAST_X509_PASSPHRASE'

async function findSigner(signing: Signing, env: Env, home: string, ask: Ask): Promise<Identity> {
  const identity = await findIdentity(
    sources(signing, env, home),
    async (what) => env[PASSPHRASE] ?? (await ask(what, PASSPHRASE)),
  )
  const { certificate, chain, dn } = identity.endorser
  const kind = proxyKind(certificate)
  if (kind === null) return identity
  const principal = principalOf(certificate, chain)
  throw fault('proxy-signer', { name: identity.name, kind, dn, principal })
}
