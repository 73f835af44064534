import { formatTime } from '../dates.ts'
import { fault, type VmcastError } from '../errors.ts'

/** What a job may do, as a workflow's `permissions` say it. */
export type Permission = 'contents: write' | 'issues: write' | 'pull-requests: read' | 'pull-requests: write'

export interface Question {
  /** As in “GitHub does not let this job …”. */
  readonly doing: string
  readonly needs: Permission
}

/** An answer that octokit throws; without a response, it is a failure of the network. */
export interface Refusal extends Error {
  readonly status: number
  readonly response?: { readonly headers: Readonly<Record<string, unknown>>; readonly data: unknown }
}

export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && error.name === 'HttpError' && 'status' in error

/** Whether asking again may help at once. A failure of the network has the status 500, too. */
export const isPassing = (error: unknown): boolean => isRefusal(error) && error.status >= 500

/**
 * Milliseconds until GitHub wants to be asked again; null if it has not been asked too much. GitHub refuses with 403 or 429, and says in one
 * of three ways for how long (“Rate limits for the REST API”).
 */
export function limitOf(error: unknown): number | null {
  if (!isRefusal(error) || !error.response || ![403, 429].includes(error.status)) return null
  const { headers } = error.response
  const seconds = Number(headers['retry-after'])
  if (seconds > 0) return seconds * 1000
  const reset = Number(headers['x-ratelimit-reset']) * 1000
  // One second more, for clocks that differ a little.
  if (headers['x-ratelimit-remaining'] === '0' && reset > 0) return Math.max(0, reset + 1000 - Date.now())
  return error.status === 429 || /\bsecondary rate limit\b/i.test(error.message) ? 60_000 : null
}

/** What octokit throws, as the catalogue's error, without the `token`. Anything else is a bug, and is thrown on. */
export function explain({ doing, needs }: Question, error: unknown, token: string): VmcastError {
  if (!isRefusal(error)) throw error // a fault of the catalogue among them
  const wait = limitOf(error)
  if (wait !== null) return fault('github-limited', { doing, until: formatTime(new Date(Date.now() + wait)) })
  const reason = reasonOf(error).replaceAll(token || 'no token', '***')
  // What a token may not see is often said not to exist.
  if ([401, 403, 404].includes(error.status)) return fault('github-forbidden', { doing, needs, reason })
  return fault('github-failed', { doing, reason })
}

function reasonOf({ status, message, response }: Refusal): string {
  if (!response) return message
  return typeof response.data === 'object' ? `${message} (${status})` : `it answers ${status}`
}
