import { DAY, formatTime, parseTime } from '../dates.ts'
import type { DesiredList, World } from '../model.ts'

/** The end that a list gets if it is signed now: after its lifetime, but never after the certificate's. */
export const newEnd = ({ lifetime }: DesiredList, { now, signer }: World): string =>
  formatTime(new Date(Math.min(now.getTime() + lifetime, signer.notAfter.getTime())))

/**
 * Whether a list that has nothing new is to be signed anew: it has expired, or less than `renew` is left and
 * its end would move by a day or more (by all that a shorter lifetime can give). So a certificate that ends
 * soon is not signed with for ever. An end that cannot be read renews.
 */
export function isRenewalDue(list: DesiredList, end: string | null, next: string, now: Date): boolean {
  const ends = end === null ? null : parseTime(end)
  const nextEnds = parseTime(next)
  if (!ends || !nextEnds || ends <= now) return true
  const gain = nextEnds.getTime() - ends.getTime()
  return isEndNear(list, ends, now) && gain >= Math.min(DAY, list.lifetime - list.renew)
}

/** What to know of the end of a list: that it is near, or comes before its lifetime, for the certificate's sake. */
export function endWarnings(list: DesiredList, expires: string, { now, signer }: World): string[] {
  const ends = parseTime(expires)
  const certificate = formatTime(signer.notAfter)
  if (!ends || expires < certificate) return []
  return isEndNear(list, ends, now)
    ? [`The list expires at ${expires}, and the certificate ends at ${certificate}: get a new one in time.`]
    : [`The list expires before its lifetime, since the certificate ends at ${certificate}.`]
}

const isEndNear = ({ renew }: DesiredList, ends: Date, now: Date): boolean =>
  ends.getTime() - now.getTime() < renew
