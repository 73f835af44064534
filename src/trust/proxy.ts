import { EXTENSION, type Certificate } from './certificate.ts'

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
