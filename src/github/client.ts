import { setTimeout as sleep } from 'node:timers/promises'
import { Octokit } from '@octokit/rest'
import pRetry, { type RetryContext } from 'p-retry'
import type { RunnerEvent } from './event.ts'
import { explain, isPassing, limitOf, type Question } from './explain.ts'

/** The next one, 2026-03-10, does not tell of `merge_commit_sha`. */
const API_VERSION = '2022-11-28'
const TRIES = { retries: 2, minTimeout: 1000, factor: 3 } as const
const ANSWER_TIMEOUT = 30_000
/** A job does not wait longer than this, in milliseconds, for GitHub to listen again. */
const LONGEST_WAIT = 60_000

/** This repository at GitHub. */
export interface Github {
  /**
   * Asks GitHub something. `work` is done anew, from its start, after a failure that passes and after a limit that ends soon: it must look
   * at what is there before it makes something, since an answer that was lost may have been a success.
   * Throws `github-forbidden`, `github-limited`, `github-failed`, and the signal's reason.
   */
  readonly ask: <T>(
    question: Question,
    work: (octokit: Octokit, at: Place, signal: AbortSignal) => Promise<T>,
  ) => Promise<T>
}

/** As octokit's methods want it. */
export interface Place {
  readonly owner: string
  readonly repo: string
}

export interface Access {
  readonly event: Pick<RunnerEvent, 'api' | 'repository'>
  readonly token: string
  readonly signal: AbortSignal
  /** Shows a line of progress. */
  readonly tell: (line: string) => void
}

/** Opens this repository at GitHub; nothing is asked yet. */
export function openGithub({ event, token, signal, tell }: Access): Github {
  const at = { owner: event.repository.owner, repo: event.repository.name }
  const octokit = new Octokit({
    baseUrl: event.api,
    auth: token,
    userAgent: 'vmcast',
    log: SILENT,
    request: { fetch: asking(signal) },
  })
  octokit.hook.before('request', ({ headers }) => {
    headers['x-github-api-version'] = API_VERSION
  })
  const tries = { ...TRIES, signal, ...patience(signal, tell) }
  return {
    ask: async (question, work) => {
      try {
        return await pRetry(() => work(octokit, at, signal), tries)
      } catch (error) {
        signal.throwIfAborted()
        throw explain(question, error, token)
      }
    },
  }
}

/** What is tried again, and when. */
const patience = (signal: AbortSignal, tell: Access['tell']) => ({
  onFailedAttempt: async ({ error, retriesLeft }: RetryContext) => {
    const wait = limitOf(error)
    if (wait === null || wait > LONGEST_WAIT || retriesLeft === 0) return
    tell(`GitHub has been asked too much; going on in ${Math.ceil(wait / 1000)} s.`)
    await sleep(wait, undefined, { signal })
  },
  shouldRetry: ({ error }: RetryContext) => isPassing(error) || (limitOf(error) ?? Infinity) <= LONGEST_WAIT,
})

/** Bounded in time, and JSON: whoever took the page of a proxy for an empty list would make a second comment. */
const asking =
  (signal: AbortSignal): typeof fetch =>
  async (url, init) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT)])
    const response = await fetch(url, { ...init, signal: within })
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    if (response.ok && !isJson) throw new Error('something else than GitHub answers')
    return response
  }

/** What fails is thrown, and the rest is nobody's concern. */
const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
