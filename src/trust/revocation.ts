import type { Anchors } from './anchors.ts'
import type { Certificate } from './certificate.ts'
import type { Chain } from './chain.ts'
import type { Crl, RevocationList } from './crl.ts'
import { elementAt, elementsOf, hex, TAG } from './der.ts'
import { finding, type Examination, type Finding } from './finding.ts'

const CRL_SIGN = 0x02

/**
 * What the CAs of a chain that ends in an anchor say of its certificates, the anchor itself included (RFC 5280,
 * section 6.3, as OpenSSL’s `-crl_check_all` has it). Revoked counts whoever says it, if it is properly signed: an old list, or
 * one that is limited, is no reason to trust. `now`: when the lists must be current. Whether a CA without a
 * current list is still believed is for `anchors.crl` to say.
 */
export function examineRevocation({ certificates }: Chain, anchors: Anchors, now: Date): Examination {
  const links = certificates.map((child, depth) => ({ child, issuer: certificates[depth + 1] ?? child }))
  const issuers = [...new Set(links.map(({ issuer }) => issuer))].map((issuer) => ({
    issuer,
    lists: listsOf(issuer, anchors),
  }))
  const revoked = links.flatMap(({ child, issuer }) =>
    (issuers.find((one) => one.issuer === issuer)?.lists ?? []).flatMap((list) => revokedBy(list, child)),
  )
  const missing = issuers.filter(({ lists }) => lists.length === 0).map(({ issuer }) => issuer.dn)
  const doubts = [
    ...(missing.length > 0 ? [finding('crl-missing', { cas: missing })] : []),
    ...issuers.flatMap(({ issuer, lists }) => doubtsOf(lists, issuer, now)),
  ]
  const outdated = issuers.flatMap(({ lists }) =>
    lists.filter(({ list }) => list?.outdated).map(({ file, ca }) => finding('crl-outdated', { file, ca })),
  )
  return anchors.crl === 'require'
    ? { faults: [...revoked, ...doubts], warnings: outdated }
    : { faults: revoked, warnings: [...doubts, ...outdated] }
}

/** A revocation list that says to be of a certain CA. */
interface Opened {
  readonly file: string
  readonly ca: string
  /** Null: it cannot be read. */
  readonly list: RevocationList | null
  readonly isSigned: boolean
}

/** Those under its name, but for those of another CA of the same name, which say whose they are. */
const listsOf = (issuer: Certificate, { crls }: Anchors): Opened[] =>
  crls
    .filter((crl) => crl.issuer === issuer.dn)
    .map((crl) => open(crl, issuer))
    .filter(({ list, isSigned }) => isSigned || !list || isNamed(list, issuer))

function open(crl: Crl, issuer: Certificate): Opened {
  const { file, issuer: ca } = crl
  try {
    const list = crl.read()
    return { file, ca, list, isSigned: list.isSignedBy(issuer.publicKey) }
  } catch {
    return { file, ca, list: null, isSigned: false }
  }
}

function revokedBy({ file, list, isSigned }: Opened, child: Certificate): Finding[] {
  const found = isSigned ? list?.find(serialOf(child)) : null
  return found ? [finding('revoked', { dn: child.dn, file, ...found })] : []
}

/** What is wrong with a CA’s lists: with all, if none is good; and always that somebody else signed one. */
function doubtsOf(lists: readonly Opened[], issuer: Certificate, now: Date): Finding[] {
  const flaws = lists.map((one) => flawOf(one, issuer, now))
  const isOneGood = flaws.includes(null)
  return flaws.filter((flaw) => flaw !== null).filter(({ code }) => !isOneGood || code === 'crl-forged')
}

/** Why this list’s silence about a certificate is not to be relied on; null if it is. */
function flawOf({ file, ca, list, isSigned }: Opened, issuer: Certificate, now: Date): Finding | null {
  if (!list) return finding('crl-damaged', { file, ca })
  const { thisUpdate, nextUpdate, limits } = list
  if (!isSigned) return finding('crl-forged', { file, ca })
  if (!maySign(issuer) || !isNamed(list, issuer)) return finding('crl-unentitled', { file, ca })
  if (thisUpdate > now) return finding('crl-early', { file, ca, from: thisUpdate })
  if (!nextUpdate) return finding('crl-endless', { file, ca })
  // OpenSSL counts the last second as past.
  if (nextUpdate <= now) return finding('crl-stale', { file, ca, on: nextUpdate })
  return limits === null ? null : finding('crl-limited', { file, ca, limits })
}

const maySign = ({ keyUsage }: Certificate): boolean => keyUsage === null || (keyUsage & CRL_SIGN) !== 0

/** Whether a list may be of this certificate, by what it says of its authority. */
const isNamed = ({ authority: { key, serial } }: RevocationList, issuer: Certificate): boolean =>
  (key === null || issuer.keyIdentifier === null || key === issuer.keyIdentifier) &&
  (serial === null || serial === serialOf(issuer))

/** The serial number as it stands in the certificate, in hex. */
function serialOf({ der }: Certificate): string {
  const [version, serial] = elementsOf(elementAt(elementAt(der).value).value)
  const found = version?.tag === TAG.context0 ? serial : version
  if (!found) throw new Error('a certificate without a serial number was read')
  return hex(found.value)
}
