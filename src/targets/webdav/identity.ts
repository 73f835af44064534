import { Agent as PlainAgent } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import { resolve } from 'node:path'
import { createSecureContext, rootCertificates } from 'node:tls'
import type { Destination } from '../../address.ts'
import { fault } from '../../errors.ts'
import type { TargetConfig } from '../../model.ts'
import { loadAnchors } from '../../trust/anchors.ts'
import { loadSigner, type Signer } from '../../trust/signer.ts'
import { secretFor, secretName } from '../secret.ts'
import type { Keyring } from '../target.ts'

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

/** A token or password, and the header that it makes; null if there is none. */
export interface Login {
  readonly who: string
  readonly authorization: string
}

/**
 * Looks for a token or password. Throws `secret-unbound`, `webdav-plain` (it would cross a network in the
 * clear), `webdav-no-password` and `webdav-no-user`.
 */
export function loginOf(config: TargetConfig, to: Destination, env: Keyring['env']): Login | null {
  const bound = to.port === null ? to.host : `${bracketed(to.host)}:${to.port}`
  const token = secretFor('TOKEN', config, bound, env)
  const password = token === null ? secretFor('PASSWORD', config, bound, env) : null
  if (token === null && password === null && to.user === null) return null
  const variable = secretName('PASSWORD', config) ?? 'VMCAST_PASSWORD_<the target’s `name`>'
  if (to.scheme === 'dav' && !isLoopback(to.host)) throw fault('webdav-plain', { host: to.host })
  if (token !== null) return { who: 'the bearer of the token', authorization: `Bearer ${token}` }
  if (to.user === null) throw fault('webdav-no-user', { variable })
  if (password === null) throw fault('webdav-no-password', { user: to.user, variable })
  const basic = Buffer.from(`${to.user}:${password}`).toString('base64')
  return { who: `the user ${to.user}`, authorization: `Basic ${basic}` }
}

/** A host as addresses spell it. */
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** Loads keys and CAs. Throws what `loadSigner` and `loadAnchors` throw. */
export async function identify(
  config: TargetConfig,
  to: Destination,
  login: Login | null,
  keyring: Keyring,
): Promise<Identity> {
  const connections = { keepAlive: true }
  const plain = new PlainAgent(connections)
  const trust = await trusted(config.settings.ca, keyring.base)
  const secure = new Agent({ ...connections, ...trust })
  const stranger = { plain, secure }
  const headers = login ? { authorization: login.authorization } : {}
  if (to.scheme === 'dav') return { who: login?.who ?? 'anybody', headers, agent: plain, stranger }
  const signer = await signerOf(config, login, keyring)
  if (!signer) return { who: login?.who ?? 'anybody', headers, agent: secure, stranger }
  const who = [login?.who, `the certificate ${signer.dn}`].filter(Boolean).join(' with ')
  return { who, headers, agent: new Agent({ ...connections, ...shown(signer, trust.ca) }), stranger }
}

/** The target's own certificate; else the endorser's, unless a token or password says who we are. */
async function signerOf(
  { settings }: TargetConfig,
  login: Login | null,
  keyring: Keyring,
): Promise<Signer | null> {
  const { certificate, key, name } = settings
  if (certificate === undefined || key === undefined) return login ? null : await keyring.endorser()
  const paths = { certificate: resolve(keyring.base, certificate), key: resolve(keyring.base, key) }
  const variable = `VMCAST_PASSPHRASE_${(name ?? '<name>').toUpperCase().replaceAll('-', '_')}`
  return await loadSigner(
    paths,
    {},
    keyring.home,
    async () => keyring.env[variable] ?? (await keyring.askPassphrase(`the key ${key}`, variable)),
  )
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
