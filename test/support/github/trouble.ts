import type { Answer } from './answer.ts'

/** What happens to a request instead of its answer. */
export interface Trouble {
  readonly answer: Answer | 'hang up' | 'never'
  /** Whether the request is carried out all the same. */
  readonly done?: boolean
  /** Only to requests of this method. */
  readonly method?: string
  /** Only to requests whose path contains this. */
  readonly path?: string
}

type Which = Pick<Trouble, 'method' | 'path'>

export const happensTo = (trouble: Trouble, method: string, path: string): boolean =>
  (trouble.method ?? method) === method && path.includes(trouble.path ?? '')

/** GitHub's own page for when it is down. */
export const serverError = (status = 502, which: Which = {}): Trouble => ({
  answer: { status, headers: { 'content-type': 'text/html' }, data: '<html><h1>Unicorn!</h1></html>' },
  ...which,
})

/** The request is carried out, but nobody hears of it. */
export const lost = (which: Which = {}): Trouble => ({ ...serverError(502, which), done: true })

export const hangUp = (which: Which = {}): Trouble => ({ answer: 'hang up', ...which })

export const silence = (which: Which = {}): Trouble => ({ answer: 'never', ...which })

const API_LIMITS = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api'

export const secondaryLimit = (seconds: number | null, which: Which = {}): Trouble => ({
  answer: {
    status: 403,
    headers: seconds === null ? {} : { 'retry-after': String(seconds) },
    data: {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      documentation_url: `${API_LIMITS}#about-secondary-rate-limits`,
    },
  },
  ...which,
})

export const primaryLimit = (reset: Date, which: Which = {}): Trouble => ({
  answer: {
    status: 429,
    headers: {
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.floor(reset.getTime() / 1000)),
    },
    data: { message: 'API rate limit exceeded for installation.', documentation_url: API_LIMITS },
  },
  ...which,
})
