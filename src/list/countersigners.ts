import { formatTime } from '../dates.ts'
import type { SignerName } from '../model.ts'
import type { Certificate } from '../trust/certificate.ts'
import { isSameKey } from '../trust/same-key.ts'
import { failed, passed, warning, type Check } from './check.ts'
import type { Countersigner } from './cms/countersignatures.ts'
import type { Message } from './smime.ts'

/** Somebody who must have signed; by any CA if none is given. */
export type Wanted = Pick<SignerName, 'dn'> & Partial<SignerName>

/** A countersigner, and why they do not count; null if they do. */
export interface JudgedCountersigner extends Countersigner {
  readonly reason: string | null
}

/** Of several certificates: why this one adds nobody to them; null if it does. */
export function alreadyAmong(signers: readonly Certificate[], { dn, publicKey }: Certificate): string | null {
  if (signers.some((one) => one.dn === dn)) return 'they have signed it already'
  return signers.some((one) => isSameKey(one.publicKey, publicKey))
    ? 'somebody has signed it with the same key'
    : null
}

/**
 * Which countersigners count: those whose certificate is trusted (`distrust` says why not), each name and each key
 * once, the signer’s included. Anybody with a certificate can countersign, and so the others only do no harm.
 */
export function judgeCountersigners(
  { signer, countersigners }: Message,
  distrust: (certificate: Certificate) => string | null,
): JudgedCountersigner[] {
  const counted = [signer]
  return countersigners.map((one) => {
    const reason = distrust(one.certificate) ?? alreadyAmong(counted, one.certificate)
    if (reason === null) counted.push(one.certificate)
    return { ...one, reason }
  })
}

/** The names of those that count. */
export const countingNames = (judged: readonly JudgedCountersigner[]): SignerName[] =>
  judged.flatMap(({ certificate: { dn, ca }, reason }) => (reason === null ? [{ dn, ca }] : []))

/** Those of `wanted` who are not among `signers`. */
export const missing = <T extends Wanted>(wanted: readonly T[], signers: readonly SignerName[]): T[] =>
  wanted.filter(({ dn, ca }) => !signers.some((one) => one.dn === dn && (ca === undefined || one.ca === ca)))

/** What there is to say of a message’s countersignatures, and of those that it lacks. */
export function countersignerChecks(
  message: Message,
  distrust: (certificate: Certificate) => string | null,
  { countersigners = [], endorsers = [] }: Demands,
): Check[] {
  const judged = judgeCountersigners(message, distrust)
  const counting = countingNames(judged)
  return [
    ...judged.map(told),
    ...message.countersignatureFaults.map((reason) =>
      warning(
        'countersigner',
        `A countersignature on it is broken: ${reason}.`,
        'It counts for nothing. Ask the endorser where it comes from.',
      ),
    ),
    ...missing(countersigners, counting).map((one) => lacking('countersigned', one)),
    ...missing(endorsers, [message.signer, ...counting]).map((one) =>
      lacking('signed or countersigned', one),
    ),
  ]
}

/** Who must have signed a list. */
export interface Demands {
  /** Beside its signer. */
  readonly countersigners?: readonly Wanted[]
  /** Its signer included (`trust.endorsers`). */
  readonly endorsers?: readonly SignerName[]
}

function told({ certificate: { dn }, signedAt, reason }: JudgedCountersigner): Check {
  const when = signedAt === null ? '' : ` (${formatTime(signedAt)})`
  if (reason === null) return passed('countersigner', `It is countersigned by ${dn}${when}.`)
  return warning(
    'countersigner',
    `The countersignature by ${dn} does not count: ${reason}.`,
    'Anybody with a certificate can countersign: see that those do whom you trust.',
  )
}

const lacking = (verb: string, { dn, ca }: Wanted): Check =>
  failed(
    'countersigner',
    `It is not ${verb} by ${dn}${ca === undefined ? '' : ` (of ${ca})`}.`,
    'Do not trust it without them: ask the endorser for the list that they both signed.',
  )
