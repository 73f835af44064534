import { fault } from './errors.ts'
import { explain, redirection, shown, WebClient, type Answer } from './web/client.ts'
import type { PrivateHosts } from './web/private.ts'

export type { PrivateHosts } from './web/private.ts'

/** Connections that several questions share. Lists and probes may go wherever their address leads. */
const anywhere = new WebClient('any')

/** Not there, as opposed to not readable: only these may mean a first publication. */
const isAbsent = ({ statusCode }: Answer): boolean => statusCode === 404 || statusCode === 410

/**
 * The bytes of a published list; null if there is none (404, 410). A redirect is not followed
 * (subscriber contract, point 13). Throws `web-redirected`, `web-too-large` (more than `limit` bytes),
 * and `web-failed` for everything else, 403 and a network fault included.
 */
export async function fetchList(url: string, limit: number): Promise<Uint8Array | null> {
  const answer = await anywhere.ask(url, { method: 'GET', redirects: 'return' })
  const to = redirection(answer)
  const encoding = answer.headers['content-encoding'] ?? 'identity'
  if (answer.statusCode === 200 && encoding === 'identity') return await collect(url, answer, limit)
  await answer.body.dump()
  if (isAbsent(answer)) return null
  if (to !== null) {
    const resolved = URL.canParse(to, url) ? new URL(to, url).href : to
    throw fault('web-redirected', { url: shown(url), to: shown(resolved) })
  }
  if (answer.statusCode !== 200) throw unexpected(url, answer)
  throw fault('web-failed', {
    url: shown(url),
    reason: 'the server sends it compressed, although not asked to',
  })
}

async function collect(url: string, { body }: Answer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of pieces(url, body)) {
    size += chunk.length
    if (size > limit) throw fault('web-too-large', { url: shown(url), limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Whether something is at `url`, and its size in bytes (null where the server does not say); null if
 * nothing is (404, 410). Redirects are followed. A server that refuses HEAD is asked for the first byte.
 * Throws `web-failed`.
 */
export async function probe(url: string): Promise<{ size: number | null } | null> {
  const head = await anywhere.ask(url, { method: 'HEAD', redirects: 'follow' })
  await head.body.dump()
  if (isAbsent(head)) return null
  if (head.statusCode === 200) return { size: length(head) }

  const first = await anywhere.ask(url, {
    method: 'GET',
    headers: { range: 'bytes=0-0' },
    redirects: 'follow',
  })
  await first.body.dump() // the head of it at most: then the connection ends
  if (isAbsent(first)) return null
  if (first.statusCode === 200) return { size: length(first) }
  const total = /^bytes [\d*-]+\/(\d+)$/.exec(String(first.headers['content-range']))?.[1]
  if (first.statusCode === 206 || (first.statusCode === 416 && total === '0')) {
    return { size: total === undefined ? null : Number(total) }
  }
  throw unexpected(url, first)
}

/** A file on the web, being read. */
export interface WebStream {
  /** Bytes, if the server says how many; then fewer or more are an error. */
  readonly size: number | null
  /** May be read once. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Ends the connection, wherever the reading has come to. */
  readonly close: () => Promise<void>
}

/**
 * Begins to read an image, following redirects; each of them, and each address that a name leads to, is
 * checked: private ones only for `allowed` hosts. Throws `web-failed`, `web-private-address`.
 */
export async function stream(url: string, allowed: PrivateHosts): Promise<WebStream> {
  const client = new WebClient(allowed)
  try {
    const answer = await client.ask(url, { method: 'GET', redirects: 'follow' })
    if (answer.statusCode !== 200) throw unexpected(url, answer)
    return { size: length(answer), chunks: pieces(url, answer.body), close: () => client.close() }
  } catch (error) {
    await client.close()
    throw error
  }
}

async function* pieces(url: string, body: Answer['body']): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array // undici's body gives Buffers; its type says any
  } catch (error) {
    throw explain(url, error)
  }
}

const length = ({ headers }: Answer): number | null =>
  typeof headers['content-length'] === 'string' ? Number(headers['content-length']) : null

const unexpected = (url: string, { statusCode }: Answer) =>
  fault('web-failed', { url: shown(url), reason: `the server answers ${statusCode}` })
