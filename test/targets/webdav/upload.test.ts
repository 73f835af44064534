import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fault, isFault } from '../../../src/errors.ts'
import type { Target } from '../../../src/targets/target.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { davPlace } from '../../support/dav-place.ts'
import { smallDisk } from '../../support/hard-places.ts'
import { startApache, type DavServer } from '../../support/servers/apache.ts'
import { startNginx } from '../../support/servers/nginx.ts'
import type { Place } from '../contract.ts'

const image = noise(20_000_001, 700_000)
const bytes = Buffer.concat(image)
const cut = fault('target-interrupted', { place: 'the test', reason: 'cut' })

/** The image up to a place, and then a failure that is worth trying again. */
const broken = (pieces: number, size: number | null) => sourceOf(image.slice(0, pieces), { size, fail: cut })

let server: DavServer
let place: Place
let target: Target

const begin = async () => {
  place = await davPlace(server, 'dav')
  target = await place.open()
}
const end = async () => {
  await target.close()
  await place.remove()
}
const content = async (key: string) => (await place.files()).get(key)
const asked = async (method: string) =>
  (await server.requests()).filter((line) => line.startsWith(`${method} `))
const write = (source = sourceOf(image, { size: bytes.length })) =>
  target.write('~x.partial', source, () => 'x.raw')

describe('Apache, which writes into files', () => {
  beforeAll(async () => {
    server = await startApache({})
  })
  afterAll(() => server.stop())
  beforeEach(begin)
  afterEach(end)

  test.each([
    ['in one request', bytes.length, 'the same run'],
    ['in pieces, where the size is not known', null, 'the same run'],
    ['in one request', bytes.length, 'the next run'],
    ['in pieces, where the size is not known', null, 'the next run'],
  ])('what was cut off is gone on with, %s (%s), by %s', async (_, size, run) => {
    await expect(write(broken(25, size))).rejects.toBe(cut)
    const begun = (await content('~x.partial'))?.length ?? 0
    expect(begun).toBeGreaterThan(10_000_000)
    if (run === 'the next run') {
      await target.close()
      target = await place.open()
    }

    expect(await write(sourceOf(image, { size }))).toEqual({ size: bytes.length })
    expect((await content('x.raw'))?.equals(bytes)).toBe(true)
    expect([...(await place.files()).keys()]).toEqual(['x.raw'])
    const ranges = (await asked('PUT')).filter((line) => line.includes('~x.partial'))
    expect(ranges.some((line) => line.includes(`bytes ${begun}-`))).toBe(true)
  })

  test.each<[string, Uint8Array, 'anew' | 'on']>([
    [
      'other bytes',
      bytes.subarray(0, 9_000_000).map((byte, at) => (at === 8_999_999 ? byte ^ 1 : byte)),
      'anew',
    ],
    ['one byte', bytes.subarray(0, 1), 'on'],
    ['a trial that a killed run left', randomBytes(64), 'anew'],
    ['more bytes', Buffer.concat([bytes, bytes]), 'anew'],
    ['all bytes', bytes, 'on'],
  ])('what lies there is proven before it is gone on with: %s', async (_, there, how) => {
    await place.put('~x.partial', there)
    const before = (await asked('PUT')).length
    await write()
    expect((await content('x.raw'))?.equals(bytes)).toBe(true)
    expect([...(await place.files()).keys()]).toEqual(['x.raw'])
    const whole = (await asked('PUT')).slice(before).filter((line) => line.includes('~x.partial - '))
    expect(whole.length > 0).toBe(how === 'anew')
  })

  test('nothing but the staged name is ever written to', async () => {
    await write()
    const written = (await server.requests()).filter((line) => /^(PUT|MKCOL|LOCK|COPY) /.test(line))
    const names = written.map((line) => line.split(' ')[1]?.split('/').at(-1))
    expect(new Set(names)).toEqual(new Set(['', '~x.partial', '~~x.partial.lock']))
  })

  test('a large file is sampled, not read back', async () => {
    await write()
    const reads = (await asked('GET')).filter((line) => line.includes('~x.partial'))
    expect(reads.slice(-16).every((line) => line.endsWith(' 206'))).toBe(true)
  })

  test('a file that is there already with the right bytes is a success, and the staged one goes', async () => {
    await place.put('x.raw', bytes)
    await write()
    expect([...(await place.files()).keys()]).toEqual(['x.raw'])
  })

  test('a lost answer to the last step costs no second upload', async () => {
    const source = sourceOf(image, { size: bytes.length })
    await write(source)
    const before = (await asked('PUT')).length
    expect(await write(source)).toEqual({ size: bytes.length })
    expect((await asked('PUT')).length).toBe(before)
  })
})

test('a full disk is said, and nothing stays', async () => {
  const { folder } = await smallDisk(4_000_000)
  server = await startApache({ root: folder })
  try {
    await begin()
    await expect(write(sourceOf(noise(6_000_000), { size: 6_000_000 }))).rejects.toSatisfy((error) =>
      isFault(error, 'target-full'),
    )
    expect([...(await place.files()).keys()]).toEqual([])
    await expect(write()).rejects.toSatisfy((error) => isFault(error, 'target-full'))
    expect([...(await place.files()).keys()]).toEqual([])
    await end()
  } finally {
    await server.stop()
  }
})

describe('nginx, which knows no ranges', () => {
  beforeAll(async () => {
    server = await startNginx({ locks: true })
  })
  afterAll(() => server.stop())
  beforeEach(begin)
  afterEach(end)

  test('what lies there is sent anew', async () => {
    await place.put('~x.partial', bytes.subarray(0, 9_000_000))
    await write()
    expect((await content('x.raw'))?.equals(bytes)).toBe(true)
    expect([...(await place.files()).keys()]).toEqual(['x.raw'])
  })

  test('a source of unknown size is sent in one request', async () => {
    await write(sourceOf(image))
    expect((await content('x.raw'))?.equals(bytes)).toBe(true)
  })
})
