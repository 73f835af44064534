import { lstat } from 'node:fs/promises'
import { geteuid } from 'node:process'
import { formatTime } from '../dates.ts'
import { fault, systemCode } from '../errors.ts'
import { EXTENSION, type Certificate } from './certificate.ts'
import { findIdentity, type Signer } from './identity.ts'
import { at, type Env } from './sources.ts'

/** The extension of proxies before RFC 3820 (Globus Toolkit 3). */
const DRAFT_PROXY = '1.3.6.1.4.1.3536.1.222'

/** What kind of proxy a certificate is, in words; null: none. */
export function proxyKind({ extensions, dn, ca }: Certificate): string | null {
  // VOMS only adds its attributes to one of these.
  if (extensions.has(EXTENSION.proxy)) return 'an RFC 3820 proxy'
  if (extensions.has(DRAFT_PROXY)) return 'a Globus proxy'
  return [`${ca}/CN=proxy`, `${ca}/CN=limited proxy`].includes(dn) ? 'a legacy Globus proxy' : null
}

/** The DN of whom a proxy stands for: the first issuer in its chain that is no proxy itself. */
export function principalOf(proxy: Certificate, chain: readonly Certificate[]): string {
  const issuer = chain.find(({ dn }) => dn === proxy.ca)
  return issuer && proxyKind(issuer) !== null ? principalOf(issuer, chain) : proxy.ca
}

/** Where grid tools put a user's proxy. */
export const usualProxy = (): string => `/tmp/x509up_u${geteuid?.() ?? 0}`

/**
 * The proxy certificate that grid tools would show: X509_USER_PROXY, else one in force at `usual`; null if there is
 * none. Throws `proxy-ended` for one that was named, and what `findIdentity` throws.
 */
export async function loadProxy(env: Env, usual: string, now: Date): Promise<Signer | null> {
  const named = env['X509_USER_PROXY']
  if (!named && !(await isOurs(usual))) return null
  const name = named ? 'X509_USER_PROXY' : usual
  const { open } = await findIdentity(at({ name, path: named || usual }, null, name), () =>
    Promise.reject(fault('key-unreadable', { name })),
  )
  const proxy = await open()
  if (proxy.notAfter > now) return proxy
  if (named) throw fault('proxy-ended', { path: named, ended: formatTime(proxy.notAfter) })
  return null
}

/** Anybody may put a file, or a link to one, into /tmp. */
async function isOurs(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path)
    return stats.isFile() && stats.uid === geteuid?.()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}
