import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TargetSettings } from '../../../src/model.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { openStore } from '../../support/s3-place.ts'
import { startFakeS3, type FakeS3, type Manner } from '../../support/servers/fake-s3.ts'
import { fails } from '../../support/faults.ts'

const MIB = 1024 * 1024
const KEY = 'images/one.raw'
const NAME = `bucket/some/prefix/${KEY}`
const PROBE = 'bucket/some/prefix/.vmcast-probe'

let fake: FakeS3
beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'fake')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'fake')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await fake.stop()
})

async function open(manner: Manner, settings: TargetSettings = {}) {
  fake = await startFakeS3(manner)
  return await openStore({ ...fake, accessKey: 'fake', secretKey: 'fake' }, 'bucket', settings)
}

const image = (size = 20 * MIB) => sourceOf(noise(size, MIB))

describe('a server that keeps to conditions as AWS does', () => {
  test('is tried once in a run, and nothing of that stays', async () => {
    const target = await open('honours')
    const tag = await target.swap('one.list', Buffer.from('first'), null)
    await target.swap('one.list', Buffer.from('second'), tag)
    expect(fake.log.filter((line) => line.startsWith('PUT') && line.includes('probe'))).toHaveLength(4)
    expect([...fake.objects.keys()]).toEqual(['bucket/some/prefix/one.list'])
    expect(fake.log.at(-1)).toMatch(/^PUT \S+one\.list \?x-id=PutObject if-match="[0-9a-f]{32}"$/)
  })

  test('what a killed run left of trying is no hindrance, and goes away', async () => {
    const target = await open('honours')
    fake.objects.set(PROBE, Buffer.from('of old'))
    await target.swap('one.list', Buffer.from('first'), null)
    expect([...fake.objects.keys()]).toEqual(['bucket/some/prefix/one.list'])
  })

  test.each([1, 2, 3, 4, 5, 6, 7])(
    'is known as such though other publishers remove the probe each %d requests',
    async (each) => {
      const target = await open('honours')
      let [asked, removed] = [0, 0]
      fake.intercept = ({ url }) => {
        if (url?.includes('probe') && ++asked % each === 0 && ++removed < 5) fake.objects.delete(PROBE)
        return false
      }
      await target.swap('one.list', Buffer.from('first'), null)
      expect([...fake.objects.keys()]).toEqual(['bucket/some/prefix/one.list'])
    },
  )

  test('an image of many parts appears under a condition', async () => {
    const target = await open('honours')
    await target.write('images/~one.partial', image(), () => KEY)
    expect(fake.objects.get(NAME)?.equals(Buffer.concat(noise(20 * MIB, MIB)))).toBe(true)
    expect(fake.log.find((line) => line.startsWith('POST') && line.includes('uploadId'))).toContain(
      'if-none-match=*',
    )
  })

  test.each([
    ['the same bytes', Buffer.concat(noise(20 * MIB, MIB)), null],
    ['others', Buffer.alloc(20 * MIB, 'x'), 'target-occupied'],
  ] as const)('of what appears in the last moment, %s are noticed', async (_, there, code) => {
    const target = await open('honours')
    fake.intercept = ({ method, url }) => {
      if (method === 'POST' && url?.includes('uploadId')) fake.objects.set(NAME, there)
      return false
    }
    const written = target.write('images/~one.partial', image(), () => KEY)
    if (code === null) await written
    else await expect(written).rejects.toSatisfy(fails(code))
    expect(fake.objects.get(NAME)?.equals(there)).toBe(true)
    expect(fake.uploads.size).toBe(0)
  })
})

describe.each(['ignores', 'refuses'] as const)('a server that %s conditions', (manner) => {
  test('gets nothing, and the error names the way out', async () => {
    const target = await open(manner)
    for (const attempt of [
      () => target.swap('one.list', Buffer.from('first'), null),
      () => target.write('~x', image(10), () => KEY),
    ]) {
      const failing = attempt()
      await expect(failing).rejects.toSatisfy(fails('s3-unconditional'))
      await expect(failing).rejects.toMatchObject({
        remedy: expect.stringContaining('singlePublisher: true') as string,
      })
    }
    expect([...fake.objects]).toEqual([])
  })

  test('is published to where there is one publisher only, after a look', async () => {
    const target = await open(manner, { singlePublisher: true })
    await target.write('images/~one.partial', image(), () => KEY)
    const tag = await target.swap('one.list', Buffer.from('first'), null)
    await target.swap('one.list', Buffer.from('second'), tag)
    await expect(target.swap('one.list', Buffer.from('third'), tag)).rejects.toSatisfy(
      fails('target-conflict'),
    )
    await expect(target.swap('one.list', Buffer.from('third'), null)).rejects.toSatisfy(
      fails('target-conflict'),
    )
    expect([...fake.objects.keys()].sort()).toEqual([NAME, 'bucket/some/prefix/one.list'])
  })
})
