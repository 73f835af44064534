import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { Identity } from '../../../scripts/pki.ts'
import { Adler32 } from '../../../src/targets/adler32.ts'

/** What one of the two servers was sent. */
export interface Received {
  readonly server: 'door' | 'pool'
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** The name in the client certificate; null: none was shown. */
  readonly certificate: string | null
  /** Bytes of its body. */
  bytes: number
}

/** A fake: how dCache's door and its data server (the pool) answer, where that is not what others do. */
export interface DcacheFake {
  readonly port: number
  readonly files: Map<string, Buffer>
  readonly received: Received[]
  stop(): Promise<void>
}

export interface DcacheWish {
  readonly server: Identity
  readonly ca: string
  /** The macaroon that the door takes; null: it wants a client certificate. */
  readonly token: string | null
  /** What the pool does to the bytes that it is sent. */
  readonly spoil?: (bytes: Buffer) => Buffer
  /** Scheme of the pool's address that the door gives. */
  readonly pool?: 'http' | 'https'
}

/**
 * The door sends PUT to the pool with 307 before the body is sent, and GET with 302; the address of the pool
 * holds a token of its own. The door grants every lock, and knows ADLER32.
 */
export async function startDcacheFake(wish: DcacheWish): Promise<DcacheFake> {
  const files = new Map<string, Buffer>()
  const folders = new Set(['/'])
  const received: Received[] = []
  const tickets = new Map<string, string>()

  const note = (server: Received['server'], request: IncomingMessage): Received => {
    const { method = '', url = '', headers, socket } = request
    const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : null
    const one = { server, method, url, headers, certificate: String(subject?.CN ?? '') || null, bytes: 0 }
    received.push(one)
    return one
  }

  const atPool = async (request: IncomingMessage, response: ServerResponse) => {
    const seen = note('pool', request)
    const url = new URL(request.url ?? '', 'https://pool')
    const path = tickets.get(url.searchParams.get('dcache-http-uuid') ?? '')
    const bytes = files.get(url.pathname)
    if (path !== url.pathname) response.writeHead(401).end()
    else if (request.method !== 'GET') await taken(request, response, seen)
    else if (bytes) served(request, response, bytes)
    else response.writeHead(404).end()
  }

  const taken = async (request: IncomingMessage, response: ServerResponse, seen: Received) => {
    if (request.headers.expect) response.writeContinue()
    const body = Buffer.concat(await request.toArray())
    seen.bytes = body.length
    files.set(new URL(seen.url, 'https://pool').pathname, wish.spoil?.(body) ?? body)
    response.writeHead(201).end()
  }

  const atDoor = (request: IncomingMessage, response: ServerResponse) => {
    const seen = note('door', request)
    request.on('data', (chunk: Buffer) => (seen.bytes += chunk.length))
    const [status, headers] = answer(request, seen)
    response.writeHead(status, headers).end()
  }

  const answer = (request: IncomingMessage, { certificate }: Received): [number, OutgoingHttpHeaders?] => {
    const { method, url = '', headers } = request
    if (wish.token === null ? !certificate : headers.authorization !== `Bearer ${wish.token}`) return [401]
    const path = new URL(url, 'https://door').pathname
    const bytes = files.get(path)
    if (method === 'LOCK') return [200, { 'lock-token': `<opaquelocktoken:${randomUUID()}>` }]
    if (method === 'DELETE') return [files.delete(path) ? 204 : 404]
    if (method === 'MKCOL') {
      if (folders.has(path)) return [405]
      if (!folders.has(path.replace(/[^/]*\/$/, ''))) return [409]
      folders.add(path)
      return [201]
    }
    if (method === 'PUT' && !folders.has(path.replace(/[^/]*$/, ''))) return [409]
    if (method === 'PUT') return [307, { location: poolAddress(path) }]
    if (!bytes) return [404]
    if (method === 'GET') return [302, { location: poolAddress(path) }]
    if (method === 'HEAD') {
      const asked = String(headers['want-digest'] ?? '').includes('adler32')
      return [200, { 'content-length': bytes.length, ...(asked && { digest: `adler32=${adler32(bytes)}` }) }]
    }
    const to = new URL(String(headers['destination'])).pathname
    if (files.has(to)) return [412]
    files.delete(path)
    files.set(to, bytes)
    return [201]
  }

  const poolAddress = (path: string): string => {
    const ticket = randomUUID()
    tickets.set(ticket, path)
    return `${wish.pool ?? 'https'}://localhost:${portOf(pool)}${path}?dcache-http-uuid=${ticket}`
  }

  const tls = { cert: readFileSync(wish.server.certificate), key: readFileSync(wish.server.key) }
  const ask = { ca: readFileSync(wish.ca), requestCert: true, rejectUnauthorized: false }
  const pool = createServer({ ...tls, ...ask }, (request, response) => void atPool(request, response))
  pool.on(
    'checkContinue',
    (request: IncomingMessage, response: ServerResponse) => void atPool(request, response),
  )
  const door = createServer({ ...tls, ...ask }, atDoor)
  door.on('checkContinue', atDoor)
  for (const server of [pool, door]) await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: portOf(door),
    files,
    received,
    async stop() {
      for (const server of [pool, door]) {
        server.closeAllConnections()
        await once(server.close(), 'close')
      }
    },
  }
}

function served(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
  if (from === undefined) response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
  else response.writeHead(206).end(bytes.subarray(Number(from), Number(to) + 1))
}

function adler32(bytes: Buffer): string {
  const sum = new Adler32()
  sum.update(bytes)
  return sum.end()
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
