import type { Dispatcher } from 'undici'
import { fault, VmcastError } from '../errors.ts'
import { publicLookup, refusePrivate, type PrivateHosts } from './private.ts'

const CONNECT_TIMEOUT = 15_000
const ANSWER_TIMEOUT = 60_000
const MAX_REDIRECTS = 10
const RETRIES = { maxRetries: 2, minTimeout: 250, maxTimeout: 5_000, throwOnError: false }

export interface Question {
  readonly method: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly redirects: 'follow' | 'return'
}

export type Answer = Dispatcher.ResponseData

/** Reads addresses of the web. Connections are shared; `close` ends those that are idle. */
export class WebClient {
  readonly #allowed: PrivateHosts
  #dispatcher: Promise<Dispatcher> | null = null

  constructor(allowed: PrivateHosts) {
    this.#allowed = allowed
  }

  /** The answer to a question, whatever its status. Throws `web-failed`, `web-private-address`. */
  async ask(url: string, question: Question): Promise<Answer> {
    this.#dispatcher ??= dispatcher(this.#allowed)
    const through = await this.#dispatcher
    try {
      return await this.#follow(new URL(url), question, through)
    } catch (error) {
      throw explain(url, error)
    }
  }

  async close(): Promise<void> {
    await (await this.#dispatcher)?.destroy()
  }

  async #follow(start: URL, question: Question, through: Dispatcher): Promise<Answer> {
    let url = start
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await this.#once(url, question, through)
      const to = redirection(answer)
      if (to === null || question.redirects === 'return') return answer
      await answer.body.dump()
      url = new URL(to, url)
    }
    throw new Error(`it redirects more than ${MAX_REDIRECTS} times`)
  }

  async #once(url: URL, { method, headers }: Question, through: Dispatcher): Promise<Answer> {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new Error(`${url.protocol} is not http or https`)
    refusePrivate(url, this.#allowed)
    const { request } = await import('undici')
    return await request(url, {
      dispatcher: through,
      method,
      // The bytes as they are, not as a server likes to pack them.
      headers: { 'accept-encoding': 'identity', 'user-agent': 'vmcast', ...headers },
    })
  }
}

/** Where an answer redirects to; null if it does not. */
export function redirection({ statusCode, headers }: Answer): string | null {
  const redirects = [301, 302, 303, 307, 308].includes(statusCode)
  return redirects && typeof headers['location'] === 'string' ? headers['location'] : null
}

async function dispatcher(allowed: PrivateHosts): Promise<Dispatcher> {
  const { Agent, interceptors } = await import('undici')
  return new Agent({
    connect: { timeout: CONNECT_TIMEOUT, lookup: publicLookup(allowed) },
    headersTimeout: ANSWER_TIMEOUT,
    bodyTimeout: ANSWER_TIMEOUT,
  }).compose(interceptors.retry(RETRIES))
}

/** An address as messages may show it: without user, password and query, which can be secrets. */
export function shown(url: string): string {
  if (!URL.canParse(url)) return 'the address'
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

/** A failure to read `url` as a VmcastError. */
export function explain(url: string, error: unknown): VmcastError {
  if (error instanceof VmcastError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
  return fault('web-failed', { url: shown(url), reason: message || code }, error)
}
