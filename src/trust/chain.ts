import { formatTime } from '../dates.ts'
import type { Anchors } from './anchors.ts'
import { EXTENSION, type Certificate } from './certificate.ts'

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
 * `others` are the certificates that came with the message. The rules are those of `openssl smime -verify`
 * (purpose smimesign); where a certificate has name constraints, stricter: they are not interpreted.
 */
export function judgeChain(
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: Anchors,
  at: Date,
): string | null {
  const reasons = [...chainFaults(buildChain(leaf, others, anchors, at), at), ...purposeFaults(leaf)]
  return reasons.join('; ') || null
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
    const issuer = bestIssuer(child, anchors.certificates, at) ?? bestIssuer(child, others, at)
    if (!issuer || certificates.some(({ fingerprint }) => fingerprint === issuer.fingerprint)) break
    certificates.push(issuer)
    last = issuer
  }
  return { certificates, anchored: isSelfSigned(last) && anchors.fingerprints.includes(last.fingerprint) }
}

/** Of several certificates of the same CA, one that did sign and is in date comes first. */
function bestIssuer(child: Certificate, candidates: readonly Certificate[], at: Date): Certificate | null {
  const rank = (issuer: Certificate) => (hasSigned(issuer, child) ? 2 : 0) + (isInDate(issuer, at) ? 1 : 0)
  return candidates
    .filter((issuer) => child.x509.checkIssued(issuer.x509))
    .reduce<Certificate | null>((best, one) => (best && rank(best) >= rank(one) ? best : one), null)
}

/** Everything wrong with the way from the signer to the anchor; the signer's own purpose apart. */
export function chainFaults({ certificates, anchored }: Chain, at: Date): string[] {
  const top = certificates.at(-1)
  const faults = certificates.flatMap((certificate, depth) => [
    ...ownFaults(certificate, at),
    ...(depth > 0 ? authorityFaults(certificate, certificates.slice(1, depth)) : []),
    ...signatureFaults(certificate, certificates[depth + 1]),
  ])
  if (anchored || !top) return faults
  const missing = isSelfSigned(top)
    ? `the chain ends in ${top.dn}, which is not trusted`
    : `no trusted certificate of its CA ${top.ca} was found`
  return [...faults, missing]
}

function ownFaults(certificate: Certificate, at: Date): string[] {
  const { dn, notBefore, notAfter, extensions } = certificate
  const unknown = [...extensions].filter(([oid, critical]) => critical && !UNDERSTOOD.has(oid))
  return [
    ...(at > notAfter ? [`the certificate ${dn} ended on ${formatTime(notAfter)}`] : []),
    ...(at < notBefore ? [`the certificate ${dn} is only valid from ${formatTime(notBefore)}`] : []),
    ...unknown.map(([oid]) => `the certificate ${dn} has the critical extension ${oid}, which is unknown`),
    ...(extensions.has(EXTENSION.proxy) ? [`${dn} is a proxy certificate`] : []),
    ...(extensions.has(EXTENSION.nameConstraints)
      ? [`the certificate ${dn} has name constraints, which vmcast does not interpret`]
      : []),
  ]
}

/** `below`: the CAs between this one and the signer. */
function authorityFaults(certificate: Certificate, below: readonly Certificate[]): string[] {
  const { dn, extendedKeyUsage, basicConstraints } = certificate
  const limit = basicConstraints?.pathLength ?? null
  const length = below.filter((one) => one.dn !== one.ca).length
  return [
    ...(isAuthority(certificate) ? [] : [`${dn} may not issue certificates`]),
    ...(limit !== null && length > limit ? [`the chain is longer than ${dn} allows`] : []),
    ...(extendedKeyUsage && !extendedKeyUsage.includes(EMAIL_PROTECTION)
      ? [`${dn} may not issue certificates for signing (extended key usage)`]
      : []),
  ]
}

function signatureFaults(certificate: Certificate, issuer: Certificate | undefined): string[] {
  if (!issuer || hasSigned(issuer, certificate)) return []
  return [`the signature on ${certificate.dn} is not its CA’s`]
}

/** As OpenSSL has it: old roots may lack basicConstraints, CAs below them may not. */
function isAuthority(certificate: Certificate): boolean {
  const { keyUsage, basicConstraints, version } = certificate
  if (keyUsage !== null && !(keyUsage & KEY_CERT_SIGN)) return false
  if (basicConstraints) return basicConstraints.ca
  return isSelfSigned(certificate) && (keyUsage !== null || version === 1)
}

/** Why the signer's own certificate does not fit for signing mail (subscriber contract, point 7). */
export function purposeFaults({ keyUsage, netscapeType, extendedKeyUsage }: Certificate): string[] {
  return [
    ...(keyUsage !== null && !(keyUsage & (DIGITAL_SIGNATURE | NON_REPUDIATION))
      ? ['its keyUsage does not allow signatures']
      : []),
    ...(netscapeType !== null && !(netscapeType & NETSCAPE_CLIENT_OR_MAIL)
      ? ['its nsCertType is neither for mail nor for clients']
      : []),
    ...(extendedKeyUsage && !extendedKeyUsage.includes(EMAIL_PROTECTION)
      ? ['its extended key usage lacks emailProtection (unsuitable certificate purpose)']
      : []),
  ]
}

const isInDate = ({ notBefore, notAfter }: Certificate, at: Date): boolean =>
  at >= notBefore && at <= notAfter

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
