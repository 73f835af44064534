import { formatTime } from '../dates.ts'

/** Something about a signer’s certificate or its chain that subscribers would refuse it for, or that one should know. */
export interface Finding {
  readonly code: FindingCode
  /** A clause: several stand in one sentence. */
  readonly message: string
  readonly remedy: string
}

/** What an examination found: refused if there are faults. */
export interface Examination {
  readonly faults: readonly Finding[]
  readonly warnings: readonly Finding[]
}

export type FindingCode = keyof typeof CATALOGUE

/** What an entry wants to know; nothing, where its words are always the same. */
type Details<C extends FindingCode> =
  Parameters<(typeof CATALOGUE)[C]> extends [infer D] ? D : Record<string, never>

/** Makes the finding `code` of the catalogue. */
export function finding<C extends FindingCode>(code: C, details: Details<C>): Finding {
  // The catalogue's type ties each code to its details; TypeScript cannot follow that through an index.
  const explain = CATALOGUE[code] as (details: Details<C>) => Omit<Finding, 'code'>
  return { code, ...explain(details) }
}

const PERSONAL = 'Sign with a personal certificate, not one of a host, a service or a program.'
const RENEW = 'Ask the CA for a new certificate.'
const FETCH = 'Fetch the CAs’ revocation lists anew (`fetch-crl`), and see that the clock is right.'

const CATALOGUE = {
  'certificate-ended': (d: { dn: string; on: Date }) => ({
    message: `the certificate ${d.dn} ended on ${formatTime(d.on)}`,
    remedy: 'Renew the certificate; if it is a CA’s, update the trust folder.',
  }),
  'certificate-early': (d: { dn: string; from: Date }) => ({
    message: `the certificate ${d.dn} is only valid from ${formatTime(d.from)}`,
    remedy: 'Wait until then, or set the clock right.',
  }),
  'ends-before-list': (d: { dn: string; on: Date; until: Date }) => ({
    message: `the certificate ${d.dn} ends on ${formatTime(d.on)}, before the list does on ${formatTime(d.until)}`,
    remedy: 'Give the list a shorter `lifetime`, or sign with a certificate whose CA lasts longer.',
  }),
  'extension-unknown': (d: { dn: string; oid: string }) => ({
    message: `the certificate ${d.dn} has the critical extension ${d.oid}, which is unknown`,
    remedy: 'Ask the CA for a certificate without it.',
  }),
  'name-constraints': (d: { dn: string }) => ({
    message: `the certificate ${d.dn} has name constraints, which vmcast does not interpret`,
    remedy: 'Use a certificate of a CA without name constraints.',
  }),
  'curve-unnamed': (d: { dn: string }) => ({
    message: `the certificate ${d.dn} has a key on a curve without a name`,
    remedy: 'Ask the CA for a certificate with an RSA or P-256 key.',
  }),
  proxy: (d: { dn: string }) => ({
    message: `${d.dn} is a proxy certificate`,
    remedy: 'Sign with the certificate that the proxy was made from.',
  }),
  'not-authority': (d: { dn: string }) => ({
    message: `${d.dn} may not issue certificates`,
    remedy: 'Use a certificate that a CA issued.',
  }),
  'chain-too-long': (d: { dn: string }) => ({
    message: `the chain is longer than ${d.dn} allows`,
    remedy: 'Use a certificate of a CA that may issue it.',
  }),
  'authority-purpose': (d: { dn: string }) => ({
    message: `${d.dn} may not issue certificates for signing (extended key usage)`,
    remedy: 'Use a certificate of a CA for persons.',
  }),
  'issuer-forged': (d: { dn: string }) => ({
    message: `the signature on ${d.dn} is not its CA’s`,
    remedy:
      'Put the CA’s current certificate into the trust folder; if it is there, somebody forged this one.',
  }),
  'root-untrusted': (d: { dn: string }) => ({
    message: `the chain ends in ${d.dn}, which is not trusted`,
    remedy: 'Put that CA’s certificate into the trust folder, if you do trust it.',
  }),
  'issuer-missing': (d: { ca: string }) => ({
    message: `no trusted certificate of its CA ${d.ca} was found`,
    remedy:
      'Put that CA’s certificate into the trust folder if you do trust it, or, if it stands below a trusted CA, behind the signing certificate.',
  }),
  'policy-refuses': (d: { dn: string; ca: string; file: string }) => ({
    message: `${d.ca} may not issue ${d.dn} by its signing policy (${d.file})`,
    remedy: 'Use a certificate whose name its CA may give; update the trust folder if the policy is old.',
  }),
  'purpose-usage': () => ({
    message: 'its keyUsage does not allow signatures',
    remedy: PERSONAL,
  }),
  'purpose-netscape': () => ({
    message: 'its nsCertType is neither for mail nor for clients',
    remedy: PERSONAL,
  }),
  'purpose-extended': () => ({
    message: 'its extended key usage lacks emailProtection (unsuitable certificate purpose)',
    remedy: PERSONAL,
  }),
  revoked: (d: { dn: string; at: Date; reason: string | null; file: string }) => ({
    message: `the certificate ${d.dn} was revoked on ${formatTime(d.at)}${d.reason ? `: ${d.reason}` : ''} (${d.file})`,
    remedy: 'Never use it again: get a new certificate with a new key, and publish anew what it signed.',
  }),
  'crl-missing': (d: { cas: readonly string[] }) => ({
    message: `nobody can say whether certificates were revoked: there is no revocation list of ${d.cas.join(', ')}`,
    remedy: 'Fetch the CAs’ revocation lists into the trust folder (`fetch-crl`).',
  }),
  'crl-damaged': (d: { file: string; ca: string }) => ({
    message: `the revocation list of ${d.ca} cannot be read (${d.file})`,
    remedy: FETCH,
  }),
  'crl-forged': (d: { file: string; ca: string }) => ({
    message: `the revocation list of ${d.ca} is not signed by it (${d.file})`,
    remedy: FETCH,
  }),
  'crl-unentitled': (d: { file: string; ca: string }) => ({
    message: `${d.ca} may not sign revocation lists, or not with that certificate (${d.file})`,
    remedy: 'Fetch the CA’s current certificate and revocation list.',
  }),
  'crl-stale': (d: { file: string; ca: string; on: Date }) => ({
    message: `the revocation list of ${d.ca} is out of date since ${formatTime(d.on)} (${d.file})`,
    remedy: FETCH,
  }),
  'crl-early': (d: { file: string; ca: string; from: Date }) => ({
    message: `the revocation list of ${d.ca} is only valid from ${formatTime(d.from)} (${d.file})`,
    remedy: FETCH,
  }),
  'crl-endless': (d: { file: string; ca: string }) => ({
    message: `the revocation list of ${d.ca} does not say when the next one comes (${d.file})`,
    remedy: FETCH,
  }),
  'crl-limited': (d: { file: string; ca: string; limits: string }) => ({
    message: `the revocation list of ${d.ca} does not tell of every certificate: ${d.limits} (${d.file})`,
    remedy: 'Put a complete revocation list of that CA into the trust folder.',
  }),
  'crl-outdated': (d: { file: string; ca: string }) => ({
    message: `the revocation list of ${d.ca} is signed with SHA-1 (${d.file})`,
    remedy: 'Tell the CA.',
  }),
  'digest-broken': (d: { dn: string }) => ({
    message: `the certificate ${d.dn} is signed with MD5 or older: anybody can forge that`,
    remedy: RENEW,
  }),
  'digest-outdated': (d: { dn: string }) => ({
    message: `the certificate ${d.dn} is signed with SHA-1`,
    remedy: RENEW,
  }),
  'key-broken': (d: { dn: string }) => ({
    message: `the key of ${d.dn} has less than 1024 bits: anybody can find it out`,
    remedy: RENEW,
  }),
  'key-outdated': (d: { dn: string }) => ({
    message: `the key of ${d.dn} is weaker than RSA of 2048 bits`,
    remedy: RENEW,
  }),
  'no-digital-signature': () => ({
    message: 'its keyUsage lacks digitalSignature',
    remedy: PERSONAL,
  }),
  'name-odd': (d: { odd: string }) => ({
    message: `subscribers spell its name in different ways: ${d.odd}`,
    remedy: 'Ask the CA for a name in plain ASCII, with neither / nor + inside a value.',
  }),
  'key-kind': () => ({
    message: 'its key is neither RSA of up to 8192 bits nor EC P-256 or P-384',
    remedy: 'Ask the CA for a certificate with an RSA key of 2048 bits or more, or with a P-256 key.',
  }),
  'key-p384': (d: { dn: string }) => ({
    message: `${d.dn} has a P-384 key: OpenSSL takes it, but it was not tried on every subscriber`,
    remedy: 'Ask for a P-256 key the next time.',
  }),
} satisfies Record<string, (details: never) => Omit<Finding, 'code'>>

/** All that was found, in one text. */
export const tell = (findings: readonly Finding[]): string =>
  findings.map(({ message }) => message).join('; ')
