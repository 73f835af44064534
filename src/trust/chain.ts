import { ObjectIdentifier } from 'asn1js'
import type { Anchors } from './anchors.ts'
import { EXTENSION, type Certificate } from './certificate.ts'
import { finding, tell, type Examination, type Finding } from './finding.ts'
import { examineRevocation } from './revocation.ts'
import { policyFaults } from './signing-policy.ts'
import { examineStrength } from './strength.ts'

/** A signer's certificate and what leads from it to an anchor, as far as it could be followed. */
export interface Chain {
  /** The signer's first. */
  readonly certificates: readonly Certificate[]
  /** Whether the last one is self-signed and trusted. */
  readonly anchored: boolean
}

export const DIGITAL_SIGNATURE = 0x80
const NON_REPUDIATION = 0x40
const KEY_CERT_SIGN = 0x04
const NETSCAPE_CLIENT_OR_MAIL = 0x80 | 0x20
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'

/** Longer chains exist in no PKI that endorsers use. */
const LONGEST = 10

/** Extensions that may be critical: those which the rules below look at, and those that only restrict policies. */
const UNDERSTOOD = new Set<string>([
  EXTENSION.keyUsage,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
  EXTENSION.nameConstraints,
  EXTENSION.proxy,
  EXTENSION.netscapeType,
  '2.5.29.17', // subjectAltName
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.36', // policyConstraints
  '2.5.29.54', // inhibitAnyPolicy
])

/**
 * Why a subscriber would refuse this signer at the time `at`, all reasons in one text; null if it would not.
 * `others` are the certificates that came with the message; `now` is when the revocation lists must be current:
 * another time than `at` where an old signature is judged.
 */
export function judgeChain(
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: Anchors,
  at: Date,
  now = at,
): string | null {
  const { faults } = examineChain(leaf, others, anchors, at, now)
  return tell([...faults, ...purposeFaults(leaf)]) || null
}

/**
 * Everything to know of the way from a signer to its anchor; the signer's own purpose apart (`purposeFaults`).
 * The rules are those of `openssl cms -verify` (purpose smimesign) with `-crl_check_all` where there are
 * revocation lists; stricter where a certificate has name constraints, which are not interpreted, and by the
 * floor under algorithms and the CAs' signing policies, which OpenSSL does not know.
 */
export function examineChain(
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: Anchors,
  at: Date,
  now = at,
): Examination {
  const chain = buildChain(leaf, others, anchors, at)
  const strength = examineStrength(chain)
  const faults = [...chainFaults(chain, at), ...strength.faults]
  // What stands in no trusted chain may call itself as it likes: what CAs of that name say is beside the point.
  if (!chain.anchored) return { faults, warnings: strength.warnings }
  const revocation = examineRevocation(chain, anchors, now)
  return {
    faults: [...faults, ...revocation.faults, ...policyFaults(chain, anchors)],
    warnings: [...strength.warnings, ...revocation.warnings],
  }
}

/** Follows issuers upwards, trusted ones first, as OpenSSL does; one issuer a step, so its cost is bounded. */
export function buildChain(
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: Anchors,
  at: Date,
): Chain {
  const certificates = [leaf]
  let last = leaf
  while (!isSelfSigned(last) && certificates.length <= LONGEST) {
    const child = last
    const issuer =
      bestIssuer(trustedIssuers(child, anchors), at) ?? bestIssuer(issuersAmong(others, child), at)
    if (!issuer || certificates.some(({ fingerprint }) => fingerprint === issuer.fingerprint)) break
    certificates.push(issuer)
    last = issuer
  }
  return { certificates, anchored: isSelfSigned(last) && anchors.fingerprints.includes(last.fingerprint) }
}

/**
 * Of several certificates of the same CA the first that is in date, else the one that ends last: OpenSSL’s choice.
 * It does not look at signatures here, so a CA that changed its key should have key identifiers.
 */
function bestIssuer(issuers: readonly Certificate[], at: Date): Certificate | null {
  const current = issuers.find((issuer) => isInDate(issuer, at))
  const latest = (best: Certificate | null, one: Certificate) =>
    best && best.notAfter >= one.notAfter ? best : one
  return current ?? issuers.reduce(latest, null)
}

const trustedIssuers = (child: Certificate, { certificates }: Anchors): Certificate[] =>
  issuersAmong(certificates, child).flatMap((issuer) => issuer.read() ?? [])

/** By names and key identifiers; by signatures not yet. */
const issuersAmong = <T extends Pick<Certificate, 'x509'>>(
  candidates: readonly T[],
  { x509 }: Certificate,
): T[] => candidates.filter((issuer) => x509.checkIssued(issuer.x509))

function chainFaults({ certificates, anchored }: Chain, at: Date): Finding[] {
  const top = certificates.at(-1)
  const faults = certificates.flatMap((certificate, depth) => [
    ...ownFaults(certificate, at),
    ...(depth > 0 ? authorityFaults(certificate, certificates.slice(1, depth)) : []),
    ...signatureFaults(certificate, certificates[depth + 1]),
  ])
  if (anchored || !top) return faults
  const missing = isSelfSigned(top)
    ? finding('root-untrusted', { dn: top.dn })
    : finding('issuer-missing', { ca: top.ca })
  return [...faults, missing]
}

function ownFaults(certificate: Certificate, at: Date): Finding[] {
  const { dn, notBefore, notAfter, extensions } = certificate
  const unknown = [...extensions].filter(([oid, critical]) => critical && !UNDERSTOOD.has(oid))
  return [
    // OpenSSL counts the last second as past.
    ...(at >= notAfter ? [finding('certificate-ended', { dn, on: notAfter })] : []),
    ...(at < notBefore ? [finding('certificate-early', { dn, from: notBefore })] : []),
    ...unknown.map(([oid]) => finding('extension-unknown', { dn, oid })),
    ...(extensions.has(EXTENSION.proxy) ? [finding('proxy', { dn })] : []),
    ...(extensions.has(EXTENSION.nameConstraints) ? [finding('name-constraints', { dn })] : []),
    ...(hasNamedCurve(certificate) ? [] : [finding('curve-unnamed', { dn })]),
  ]
}

/** Not so where an EC key spells its curve out, which anybody could choose to fit; OpenSSL refuses it. */
const hasNamedCurve = ({ publicKey, asn1 }: Certificate): boolean =>
  publicKey.asymmetricKeyType !== 'ec' ||
  asn1.subjectPublicKeyInfo.algorithm.algorithmParams instanceof ObjectIdentifier

/** `below`: the CAs between this one and the signer. */
function authorityFaults(certificate: Certificate, below: readonly Certificate[]): Finding[] {
  const { dn, extendedKeyUsage, basicConstraints } = certificate
  const limit = basicConstraints?.pathLength ?? null
  const length = below.filter((one) => one.dn !== one.ca).length
  return [
    ...(isAuthority(certificate) ? [] : [finding('not-authority', { dn })]),
    ...(limit !== null && length > limit ? [finding('chain-too-long', { dn })] : []),
    ...(extendedKeyUsage && !extendedKeyUsage.includes(EMAIL_PROTECTION)
      ? [finding('authority-purpose', { dn })]
      : []),
  ]
}

function signatureFaults(certificate: Certificate, issuer: Certificate | undefined): Finding[] {
  if (!issuer || hasSigned(issuer, certificate)) return []
  return [finding('issuer-forged', { dn: certificate.dn })]
}

/** As OpenSSL has it: old roots may lack basicConstraints, CAs below them may not. */
function isAuthority(certificate: Certificate): boolean {
  const { keyUsage, basicConstraints, version } = certificate
  if (keyUsage !== null && !(keyUsage & KEY_CERT_SIGN)) return false
  if (basicConstraints) return basicConstraints.ca
  return isSelfSigned(certificate) && (keyUsage !== null || version === 1)
}

/** Why the signer's own certificate does not fit for signing mail (subscriber contract, point 7). */
export function purposeFaults({ keyUsage, netscapeType, extendedKeyUsage }: Certificate): Finding[] {
  return [
    ...(keyUsage !== null && !(keyUsage & (DIGITAL_SIGNATURE | NON_REPUDIATION))
      ? [finding('purpose-usage', {})]
      : []),
    ...(netscapeType !== null && !(netscapeType & NETSCAPE_CLIENT_OR_MAIL)
      ? [finding('purpose-netscape', {})]
      : []),
    ...(extendedKeyUsage && !extendedKeyUsage.includes(EMAIL_PROTECTION)
      ? [finding('purpose-extended', {})]
      : []),
  ]
}

const isInDate = ({ notBefore, notAfter }: Certificate, at: Date): boolean => at >= notBefore && at < notAfter

const isSelfSigned = (certificate: Certificate): boolean =>
  certificate.dn === certificate.ca && hasSigned(certificate, certificate)

function hasSigned(issuer: Certificate, child: Certificate): boolean {
  try {
    return child.x509.verify(issuer.publicKey)
  } catch {
    // OpenSSL throws where the key's kind is not the signature's.
    return false
  }
}
