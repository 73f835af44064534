import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { Identity } from '../../../scripts/pki.ts'
import { Adler32 } from '../../../src/targets/webdav/evidence.ts'

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
    if (path !== url.pathname) return void response.writeHead(401).end()
    if (request.method === 'GET') {
      const bytes = files.get(path)
      return void (bytes ? served(request, response, bytes) : response.writeHead(404).end())
    }
    if (request.headers.expect) response.writeContinue()
    const body = Buffer.concat(await request.toArray())
    seen.bytes = body.length
    files.set(path, wish.spoil?.(body) ?? body)
    response.writeHead(201).end()
  }

  const atDoor = (request: IncomingMessage, response: ServerResponse) => {
    const seen = note('door', request)
    request.on('data', (chunk: Buffer) => (seen.bytes += chunk.length))
    const end = (status: number, headers = {}) => void response.writeHead(status, headers).end()
    const known =
      wish.token === null ? seen.certificate : request.headers.authorization === `Bearer ${wish.token}`
    if (!known) return end(401)
    const path = new URL(request.url ?? '', 'https://door').pathname
    const bytes = files.get(path)
    switch (request.method) {
      case 'HEAD': {
        if (!bytes) return end(404)
        const asked = String(request.headers['want-digest'] ?? '').includes('adler32')
        return end(200, {
          'content-length': bytes.length,
          ...(asked && { digest: `adler32=${adler32(bytes)}` }),
        })
      }
      case 'GET':
      case 'PUT': {
        if (request.method === 'GET' && !bytes) return end(404)
        if (!folders.has(path.replace(/[^/]*$/, ''))) return end(409)
        const ticket = randomUUID()
        tickets.set(ticket, path)
        const location = `${wish.pool ?? 'https'}://localhost:${portOf(pool)}${path}?dcache-http-uuid=${ticket}`
        return end(request.method === 'PUT' ? 307 : 302, { location })
      }
      case 'MKCOL':
        if (folders.has(path)) return end(405)
        if (!folders.has(path.replace(/[^/]*\/$/, ''))) return end(409)
        folders.add(path)
        return end(201)
      case 'DELETE':
        return end(files.delete(path) ? 204 : 404)
      case 'MOVE': {
        const to = new URL(String(request.headers.destination)).pathname
        if (!bytes) return end(404)
        if (files.has(to) && request.headers.overwrite === 'F') return end(412)
        files.delete(path)
        files.set(to, bytes)
        return end(201)
      }
      case 'LOCK':
        return end(200, { 'lock-token': `<opaquelocktoken:${randomUUID()}>` })
      default:
        return end(204)
    }
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

function portOf(server: Server | ReturnType<typeof createServer>): number {
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
