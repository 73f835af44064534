import { Agent as PlainAgent } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import { resolve } from 'node:path'
import { createSecureContext, rootCertificates } from 'node:tls'
import { fault } from '../../errors.ts'
import type { TargetConfig } from '../../model.ts'
import { loadAnchors } from '../../trust/anchors.ts'
import { findIdentity, type Signer } from '../../trust/identity.ts'
import { at } from '../../trust/sources.ts'
import { secretName } from '../secret.ts'
import type { Keyring } from '../target.ts'
import type { Login } from './login.ts'

/** Whom the configured host sees. Nobody else is ever shown any of it. */
export interface Identity {
  /** As a message calls it. */
  readonly who: string
  readonly headers: Readonly<Record<string, string>>
  /** Connections on which the client certificate is shown to a server that asks for one. */
  readonly agent: PlainAgent
  /** Connections without it, for a data server that the host redirects to. */
  readonly stranger: { readonly plain: PlainAgent; readonly secure: Agent }
}

/**
 * Loads keys and CAs for the server at `base`, `http:` or `https:`. Throws `https-half-identity`, and what
 * `findIdentity` and `loadAnchors` throw.
 */
export async function identify(
  config: TargetConfig,
  base: URL,
  login: Login | null,
  keyring: Keyring,
): Promise<Identity> {
  const connections = { keepAlive: true }
  const plain = new PlainAgent(connections)
  const trust = await trusted(config.settings.ca, keyring.base)
  const secure = new Agent({ ...connections, ...trust })
  const stranger = { plain, secure }
  const headers = login ? { authorization: login.authorization } : {}
  if (base.protocol === 'http:') return { who: login?.who ?? 'anybody', headers, agent: plain, stranger }
  const signer = await signerOf(config, login, keyring)
  if (!signer) return { who: login?.who ?? 'anybody', headers, agent: secure, stranger }
  const who = [login?.who, `the certificate ${signer.dn}`].filter(Boolean).join(' with ')
  return { who, headers, agent: new Agent({ ...connections, ...shown(signer, trust.ca) }), stranger }
}

/**
 * The target's own certificate, a proxy's file as well; else the user's, unless a token or password says who we
 * are. A file may hold both certificate and key.
 */
async function signerOf(config: TargetConfig, login: Login | null, keyring: Keyring): Promise<Signer | null> {
  const { certificate, key } = config.settings
  if (certificate === undefined && key === undefined) return login ? null : await keyring.endorser()
  if (certificate === undefined) throw fault('https-half-identity', {})
  const place = (path: string, what: string) => ({
    name: `the target’s \`${what}\``,
    path: resolve(keyring.base, path),
  })
  const variable = secretName('PASSPHRASE', config) ?? 'VMCAST_PASSPHRASE_<the target’s `name`>'
  const { open } = await findIdentity(
    at(place(certificate, 'certificate'), key === undefined ? null : place(key, 'key'), 'the target’s `key`'),
    async () =>
      keyring.env[variable] ?? (await keyring.askPassphrase(`the key ${key ?? certificate}`, variable)),
  )
  return await open()
}

/** The CAs of the target's own bundle or folder; Node's where there is none. */
async function trusted(ca: string | undefined, base: string): Promise<{ ca: string[] }> {
  if (ca === undefined) return { ca: [...rootCertificates] }
  const { certificates } = await loadAnchors(resolve(base, ca))
  return { ca: certificates.map(({ x509 }) => x509.toString()) }
}

const shown = ({ certificate, chain, key }: Signer, ca: string[]): AgentOptions => ({
  secureContext: createSecureContext({
    ca,
    cert: [certificate, ...chain].map(({ x509 }) => x509.toString()).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }),
  }),
})
