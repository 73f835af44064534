import type { RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { VmcastError, type ErrorCode } from '../../../src/errors.ts'
import { withRetries } from '../../../src/targets/retry.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { sourceOf } from '../../support/bytes-source.ts'
import { davConfig, davPlace, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'
import { startApache, type DavServer } from '../../support/servers/apache.ts'
import { startNginx } from '../../support/servers/nginx.ts'
import { fails } from '../../support/faults.ts'

const text = (content: string) => Buffer.from(content)

async function open(server: DavServer, settings = {}) {
  onTestFinished(() => server.stop())
  const place = await davPlace(server, 'dav', settings)
  const target = await place.open()
  onTestFinished(() => target.close())
  return { place, target }
}

test('Apache’s weak ETag of the first second is waited out, so that a swap is conditional', async () => {
  const server = await startApache({})
  const { place, target } = await open(server)
  const start = performance.now()
  await target.swap('one.list', text('second'), await target.swap('one.list', text('first'), null))
  expect(performance.now() - start).toBeGreaterThan(900)
  expect((await place.files()).get('one.list')?.toString()).toBe('second')
})

describe('a server without locks', () => {
  test.each<[string, () => Promise<DavServer>, ErrorCode, RegExp]>([
    ['nginx', () => startNginx({ locks: false }), 'webdav-no-locks', /dav_ext_lock/],
    ['Apache’s 500', () => startApache({ locks: false }), 'target-interrupted', /DavLockDB/],
  ])('is refused before anything is sent: %s', async (_, start, code, advice) => {
    const { place, target } = await open(await start())
    for (const work of [
      () => target.swap('one.list', text('ours'), null),
      () => target.write('~x.partial', sourceOf([text('abc')]), () => 'x.raw'),
    ]) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      expect(error).toSatisfy(fails(code))
      expect(error instanceof VmcastError && error.message + error.remedy).toMatch(advice)
    }
    expect([...(await place.files()).keys()]).toEqual([])
  })

  test('is taken if it is said to have one publisher; what it holds is still compared', async () => {
    const { place, target } = await open(await startNginx({ locks: false }), { singlePublisher: true })
    await target.write('~x.partial', sourceOf([text('abc')]), () => 'x.raw')
    const tag = await target.swap('one.list', text('first'), null)
    await place.put('one.list', text('theirs'))
    await expect(target.swap('one.list', text('ours'), tag)).rejects.toSatisfy(fails('target-conflict'))
    expect((await place.files()).get('one.list')?.toString()).toBe('theirs')
    expect([...(await place.files()).keys()].sort()).toEqual(['one.list', 'x.raw'])
  })
})

describe('a server that fails', () => {
  const at = async (answer: RequestListener, patience?: number) => {
    const { host } = new URL(await serve(answer))
    const target = await openWebdav(davConfig(`dav://${host}/`), keyringOf(), patience)
    onTestFinished(() => target.close())
    return target
  }

  test('twice and then works is asked again', async () => {
    let asked = 0
    const target = await at((_, response) => response.writeHead(asked++ < 2 ? 500 : 404).end())
    const progress = {
      step: () => undefined,
      task: () => ({ advance: () => undefined, end: () => undefined }),
    }
    const patient = withRetries(target, { progress, signal: new AbortController().signal })
    expect(await patient.stat('x')).toBeNull()
    expect(asked).toBe(3)
  })

  test.each<[string, RequestListener]>([
    ['says nothing', () => undefined],
    [
      'stops in the middle',
      (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('half'),
    ],
    ['hangs up', (request) => request.socket.destroy()],
    [
      'hangs up in the middle',
      (request, response) => {
        response.writeHead(200, { 'content-length': 9 }).write('half', () => request.socket.destroy())
      },
    ],
  ])('is an interruption, in time: %s', async (_, answer) => {
    const target = await at(answer, 300)
    await expect(target.read('x', 100)).rejects.toSatisfy(fails('target-interrupted'))
  })

  test.each(['127.0.0.1:1', 'nobody.invalid'])('is unreachable where there is none: %s', async (host) => {
    const target = await openWebdav(davConfig(`dav://${host}/`), keyringOf())
    onTestFinished(() => target.close())
    await expect(target.stat('x')).rejects.toSatisfy(fails('target-unreachable'))
  })

  test('is interrupted where only the data server that it names is unreachable', async () => {
    const target = await at((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    )
    await expect(target.read('x', 1)).rejects.toSatisfy(fails('target-interrupted'))
  })

  test.each<[number, ErrorCode]>([
    [400, 'webdav-unexpected'],
    [405, 'webdav-no-locks'],
    [500, 'target-interrupted'],
    [501, 'webdav-no-locks'],
    [502, 'target-interrupted'],
    [503, 'target-interrupted'],
  ])('is not said to know no locks for an error that may pass: LOCK answers %i', async (status, code) => {
    const target = await at(({ method }, response) => {
      response.writeHead(method === 'LOCK' ? status : method === 'GET' ? 404 : 201).end()
    })
    await expect(target.swap('one.list', text('ours'), null)).rejects.toSatisfy(fails(code))
  })

  test.each<[string, number, ErrorCode]>([
    ['while the first holds: they are none', 200, 'webdav-no-locks'],
    ['because the first was lost', 412, 'webdav-lock-lost'],
  ])('to refuse a second lock, %s', async (_, first, code) => {
    let renewals = 0
    const target = await at(({ method, headers }, response) => {
      if (method !== 'LOCK') response.writeHead(method === 'GET' ? 404 : 201).end()
      else if (headers.if) response.writeHead(renewals++ === 0 ? 200 : first).end()
      else response.writeHead(200, { 'lock-token': '<opaquelocktoken:1>' }).end()
    })
    await expect(target.swap('one.list', text('ours'), null)).rejects.toSatisfy(fails(code))
  })

  test.each<[number, ErrorCode]>([
    [401, 'webdav-refused'],
    [403, 'webdav-refused'],
    [418, 'webdav-unexpected'],
    [429, 'target-interrupted'],
    [503, 'target-interrupted'],
    [507, 'target-full'],
  ])('is never taken for an absent file: status %i', async (status, code) => {
    const target = await at((_, response) => response.writeHead(status).end())
    await expect(target.read('x', 100)).rejects.toSatisfy(fails(code))
    await expect(target.stat('x')).rejects.toSatisfy(fails(code))
  })
})
