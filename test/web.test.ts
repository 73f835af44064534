import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { fetchList, probe, stream, type PrivateHosts } from '../src/web.ts'
import { serve } from './support/http-server.ts'
import { fails } from './support/faults.ts'

const LIMIT = 1_000_000
const messageOf = (work: Promise<unknown>) => work.then(String, String)

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`
}

async function readAll(url: string, allowed: PrivateHosts = 'any') {
  const { size, chunks, close } = await stream(url, allowed)
  const pieces: Uint8Array[] = []
  try {
    for await (const chunk of chunks) pieces.push(chunk)
  } finally {
    await close()
  }
  return { size, content: Buffer.concat(pieces).toString() }
}

describe('fetchList', () => {
  test('gives the bytes', async () => {
    const origin = await serve((_, response) => response.end('signed'))
    expect(Buffer.from((await fetchList(`${origin}/one.list`, LIMIT)) ?? '').toString()).toBe('signed')
  })

  test.each([404, 410])('%d means that there is none', async (status) => {
    const origin = await serve((_, response) => response.writeHead(status).end('no'))
    expect(await fetchList(origin, LIMIT)).toBeNull()
  })

  test.each([204, 400, 401, 403, 418, 451, 500, 503])('%d is an error, never absence', async (status) => {
    const origin = await serve((_, response) => response.writeHead(status).end())
    const message = await messageOf(fetchList(`${origin}/one.list?secret`, LIMIT))
    expect(message).toContain(String(status))
    expect(message).not.toContain('secret')
  })

  test('a redirect is not followed, and the error names where it leads', async () => {
    const asked: (string | undefined)[] = []
    const origin = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(301, { location: '/new.list' }).end()
    })
    const attempt = fetchList(`${origin}/one.list`, LIMIT)
    await expect(attempt).rejects.toSatisfy(fails('web-redirected'))
    expect(await messageOf(attempt)).toContain(`${origin}/new.list`)
    expect(asked).toEqual(['/one.list'])
  })

  test('a redirect to what is no address is an error like another', async () => {
    const origin = await serve((_, response) => response.writeHead(302, { location: 'http://[' }).end())
    await expect(fetchList(`${origin}/one.list`, LIMIT)).rejects.toSatisfy(fails('web-redirected'))
  })

  test('more than the limit is an error, announced or not; exactly the limit is none', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/announced') response.setHeader('content-length', 1000)
      response.write('x'.repeat(500))
      response.end('x'.repeat(500))
    })
    for (const path of ['/announced', '/chunked']) {
      expect(await fetchList(origin + path, 1000)).toHaveLength(1000)
      await expect(fetchList(origin + path, 999)).rejects.toSatisfy(fails('web-too-large'))
    }
  })

  test('a list that is cut short is an error', async () => {
    const origin = await serve((_, response) => {
      response.setHeader('content-length', 1000)
      response.write('x'.repeat(500))
      setTimeout(() => response.destroy(), 20)
    })
    await expect(fetchList(origin, LIMIT)).rejects.toSatisfy(fails('web-failed'))
  })

  test('a list that comes packed is an error: it would not be the bytes that were signed', async () => {
    const origin = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end('x'))
    await expect(fetchList(origin, LIMIT)).rejects.toSatisfy(fails('web-failed'))
  })

  test('nobody listens, no such host, no web address: errors with a reason', async () => {
    expect(await messageOf(fetchList(await nobody(), LIMIT))).toContain('ECONNREFUSED')
    expect(await messageOf(fetchList('http://nowhere.invalid/one.list', LIMIT))).toMatch(
      /ENOTFOUND|EAI_AGAIN/,
    )
    await expect(fetchList('ftp://127.0.0.1/one.list', LIMIT)).rejects.toSatisfy(fails('web-failed'))
    await expect(fetchList('no address', LIMIT)).rejects.toSatisfy(fails('web-failed'))
  })

  test('a server that is busy for a moment is asked again', async () => {
    let asked = 0
    const origin = await serve((_, response) => {
      asked += 1
      response.writeHead(asked === 1 ? 503 : 200).end('signed')
    })
    expect(await fetchList(origin, LIMIT)).toHaveLength(6)
    expect(asked).toBe(2)
  })
})

describe('probe', () => {
  test('asks for the head, follows redirects, and gives the size', async () => {
    const asked: string[] = []
    const origin = await serve((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
      if (request.url === '/old') response.writeHead(302, { location: '/image.raw' }).end()
      else response.setHeader('content-length', 1234).end()
    })
    expect(await probe(`${origin}/old`)).toEqual({ size: 1234 })
    expect(asked).toEqual(['HEAD /old', 'HEAD /image.raw'])
  })

  test.each([404, 410])('%d means that nothing is there', async (status) => {
    const origin = await serve((_, response) => response.writeHead(status).end())
    expect(await probe(origin)).toBeNull()
  })

  test('a server that refuses HEAD is asked for the first byte', async () => {
    const origin = await serve((request, response) => {
      const ranged = request.headers.range === 'bytes=0-0' && request.url !== '/whole'
      if (request.method === 'HEAD') response.writeHead(405).end()
      else if (request.url === '/none') response.writeHead(404).end()
      else if (ranged) response.writeHead(206, { 'content-range': 'bytes 0-0/987654321' }).end('x')
      else response.writeHead(200, { 'content-length': 55 }).end('x'.repeat(55))
    })
    expect(await probe(`${origin}/ranged`)).toEqual({ size: 987654321 })
    expect(await probe(`${origin}/whole`)).toEqual({ size: 55 })
    expect(await probe(`${origin}/none`)).toBeNull()
  })

  test('a server that does not say the size; one that refuses', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/secret') response.writeHead(403)
      response.flushHeaders()
      response.end()
    })
    expect(await probe(origin)).toEqual({ size: null })
    await expect(probe(`${origin}/secret`)).rejects.toSatisfy(fails('web-failed'))
  })
})

describe('stream', () => {
  test('gives size and bytes, over redirects', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(307, { location: '/new' }).end()
      else response.setHeader('content-length', 3).end('abc')
    })
    expect(await readAll(`${origin}/old`)).toEqual({ size: 3, content: 'abc' })
  })

  test('redirects without end, and to other schemes, are errors', async () => {
    const origin = await serve((request, response) => {
      response.writeHead(302, { location: request.url === '/file' ? 'file:///etc/passwd' : '/again' }).end()
    })
    await expect(readAll(`${origin}/again`)).rejects.toSatisfy(fails('web-failed'))
    await expect(readAll(`${origin}/file`)).rejects.toSatisfy(fails('web-failed'))
  })

  test.each([404, 403, 500])('%d is an error', async (status) => {
    const origin = await serve((_, response) => response.writeHead(status).end())
    await expect(readAll(origin)).rejects.toSatisfy(fails('web-failed'))
  })

  test('fewer bytes than announced are an error', async () => {
    const origin = await serve((_, response) => {
      response.setHeader('content-length', 1000)
      response.write('x'.repeat(500))
      setTimeout(() => response.destroy(), 20)
    })
    await expect(readAll(origin)).rejects.toSatisfy(fails('web-failed'))
  })

  test('a connection that breaks in the middle goes on where it was, if the server can', async () => {
    const content = 'abcdefghij'.repeat(10_000)
    let asked = 0
    const origin = await serve((request, response) => {
      asked += 1
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.setHeader('etag', '"one"')
      response.setHeader('content-length', content.length - from)
      if (asked === 1) {
        response.write(content.slice(0, 50_000))
        setTimeout(() => response.destroy(), 50)
      } else {
        response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` })
        response.end(content.slice(from))
      }
    })
    expect((await readAll(origin)).content).toBe(content)
    expect(asked).toBe(2)
  })

  test.each([
    'http://127.0.0.1:1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://localhost:1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.1.2.3/',
    'http://172.31.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://224.0.0.1/',
  ])('%s is refused', async (url) => {
    await expect(stream(url, [])).rejects.toSatisfy(fails('web-private-address'))
  })

  test('a redirect to a private address is refused, and that host is never asked', async () => {
    const asked: string[] = []
    const inside = await serve((_, response) => {
      asked.push('inside')
      response.end('secret')
    })
    const port = new URL(inside).port
    const outside = await serve((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end(),
    )
    const named = outside.replace('127.0.0.1', 'localhost')
    await expect(stream(named, ['localhost'])).rejects.toSatisfy(fails('web-private-address'))
    expect(asked).toEqual([])
  })

  test('an allowed host may be private, whatever the case of its name', async () => {
    const origin = await serve((_, response) => response.end('abc'))
    expect((await readAll(origin, ['127.0.0.1'])).content).toBe('abc')
    expect((await readAll(origin.replace('127.0.0.1', 'localhost'), ['LocalHost'])).content).toBe('abc')
  })

  test('a reader that stops early ends the connection', async () => {
    const closed = new EventEmitter()
    const origin = await serve((_, response) => {
      response.on('close', () => closed.emit('closed'))
      response.write(Buffer.alloc(100_000))
    })
    const { chunks, close } = await stream(origin, 'any')
    await chunks[Symbol.asyncIterator]().next()
    const ended = once(closed, 'closed')
    await close()
    expect(await ended).toEqual([])
  })
})
