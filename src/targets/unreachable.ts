import { fault, type VmcastError } from '../errors.ts'

const REASONS = new Map([
  ['ECONNREFUSED', 'it refuses connections'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'its address cannot be looked up now'],
  ['EHOSTUNREACH', 'no way leads there'],
  ['ENETUNREACH', 'no way leads there'],
])

/** That no connection could be made, by the system's `code`; null if that says something else. */
export function unreachable(place: string, code: string | undefined): VmcastError | null {
  const reason = REASONS.get(code ?? '')
  return reason === undefined ? null : fault('target-unreachable', { place, reason })
}
