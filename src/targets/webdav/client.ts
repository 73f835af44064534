import { fault, isFault, type VmcastError } from '../../errors.ts'
import { Broken, exchange, type Answer, type Question } from '../https/exchange.ts'
import { explain } from '../https/explain.ts'
import type { Identity } from '../https/identity.ts'

/** What is asked of the server for one file. */
export type Request = Partial<Pick<Question, 'body' | 'text' | 'headers' | 'work'>>

const STANDING = { 'user-agent': 'vmcast', 'accept-encoding': 'identity' }

/** Talks to one server about the files below one folder. */
export class Client {
  readonly host: string
  readonly #base: URL
  readonly #identity: () => Promise<Identity>
  readonly #patience: number
  #known: Promise<Identity> | null = null

  /** `identity` is asked for at the first call, and then no more. */
  constructor(base: URL, identity: () => Promise<Identity>, patience: number) {
    this.#base = base
    this.host = base.host
    this.#identity = () => (this.#known ??= identity())
    this.#patience = patience
  }

  /** The absolute address of a file, for the header `Destination`. */
  address(key: string): string {
    return new URL(key, this.#base).href
  }

  /** How messages call a file. */
  place(key: string): string {
    return this.address(key).replace(/^http/, 'dav')
  }

  /**
   * The server's answer, whatever its status. GET and PUT are followed to a data server, once, where nobody is
   * told who we are; a PUT before its body is sent. Throws `webdav-redirect`, and what `explain` makes of a
   * broken exchange.
   */
  async ask(method: string, key: string, request: Request = {}): Promise<Answer> {
    const { who, headers, agent, stranger } = await this.#identity()
    const own = { ...request, headers: { ...headers, ...request.headers } }
    const answer = await this.#exchange(new URL(key, this.#base), method, key, own, agent, who)
    const elsewhere = this.#redirection(method, key, answer)
    if (!elsewhere) return answer
    answer.drop()
    const nobody = elsewhere.protocol === 'https:' ? stranger.secure : stranger.plain
    const sent = this.#exchange(elsewhere, method, key, request, nobody, 'anybody')
    return await this.#delivered(method, key, await sent.catch(this.#unreached(key, elsewhere)))
  }

  /** Asks for what must succeed; whatever answer is not `expected` is thrown. */
  async demand(method: string, key: string, request: Request, ...expected: number[]): Promise<Answer> {
    const answer = await this.ask(method, key, request)
    if (expected.includes(answer.status)) return answer
    throw await this.unexpected(method, key, answer)
  }

  /** What an answer means that is none of those that its method has. */
  async unexpected(method: string, key: string, answer: Answer): Promise<VmcastError> {
    answer.drop()
    const { status } = answer
    const path = this.place(key)
    if (status === 401 || status === 403) {
      return fault('webdav-refused', { place: path, who: (await this.#identity()).who, status })
    }
    if (status === 507) return fault('target-full', { path })
    if (status === 423)
      return fault('target-busy', { path, owner: 'its lock is held by another WebDAV client' })
    if (status === 413) return fault('webdav-body-limit', { place: path })
    if (status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505))
      return fault('target-interrupted', {
        place: path,
        reason: `the server answers ${method} with status ${status}`,
      })
    return fault('webdav-unexpected', { method, place: path, status })
  }

  async close(): Promise<void> {
    if (!this.#known) return
    const known = await this.#known.catch(() => null)
    for (const agent of known ? [known.agent, known.stranger.plain, known.stranger.secure] : [])
      agent.destroy()
  }

  async #exchange(
    url: URL,
    method: string,
    key: string,
    request: Request,
    agent: Question['agent'],
    who: string,
  ): Promise<Answer> {
    const headers = { ...STANDING, ...request.headers }
    const failed = (error: unknown): never => {
      throw error instanceof Broken ? explain(error, this.place(key), url.host, who) : error
    }
    const question = { ...request, method, headers, agent, patience: this.#patience }
    const answer = await exchange(url, question).catch(failed)
    return { ...answer, body: rethrown(answer.body, failed) }
  }

  #redirection(method: string, key: string, answer: Answer): URL | null {
    const { status, headers } = answer
    if (![301, 302, 303, 307, 308].includes(status) || !headers.location) return null
    const to = URL.canParse(headers.location, this.address(key))
      ? new URL(headers.location, this.address(key))
      : null
    const refuse = (reason: string) => {
      answer.drop()
      return fault('webdav-redirect', { place: this.place(key), to: to?.origin ?? 'nowhere', reason })
    }
    if (!to) throw refuse('by what is no address')
    if (method !== 'PUT' && method !== 'GET') throw refuse(`which no ${method} is taken to`)
    if (method === 'PUT' && status !== 307 && status !== 308)
      throw refuse(`with status ${status} instead of 307`)
    if (to.protocol !== 'https:' && to.protocol !== this.#base.protocol)
      throw refuse('where nothing is encrypted')
    return to
  }

  /** The server that was asked is there: only the one that it named is not. */
  #unreached(key: string, { host }: URL): (error: unknown) => never {
    return (error) => {
      if (!isFault(error, 'target-unreachable')) throw error
      const reason = `its data server ${host} cannot be reached`
      throw fault('target-interrupted', { place: this.place(key), reason }, error)
    }
  }

  /** A data server has what it was said to have, or it failed: a file that is absent there was not absent here. */
  async #delivered(method: string, key: string, answer: Answer): Promise<Answer> {
    if (answer.status >= 200 && answer.status < 300) return answer
    if (![401, 403, 404, 410].includes(answer.status)) throw await this.unexpected(method, key, answer)
    answer.drop()
    const reason = `its data server answers ${method} with status ${answer.status}`
    throw fault('target-interrupted', { place: this.place(key), reason })
  }
}

async function* rethrown(
  body: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => never,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    failed(error)
  }
}
