import { CreateMultipartUploadCommand, HeadObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openS3 } from '../../../src/targets/s3.ts'
import { sourceOf } from '../../support/bytes-source.ts'
import { FlakyProxy } from '../../support/flaky-proxy.ts'
import { configOf, makePlace, openStore, type S3Place } from '../../support/s3-place.ts'
import { startCeph, type Ceph } from '../../support/servers/ceph.ts'
import { fails } from '../../support/faults.ts'

const MIB = 1024 * 1024
const KEY = 'images/one.raw'

let ceph: Ceph
let place: S3Place
beforeAll(async () => {
  ceph = await startCeph()
})
afterAll(() => ceph.stop())
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', ceph.accessKey)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', ceph.secretKey)
  place = await makePlace(ceph)
  return async () => {
    await place.remove()
    vi.unstubAllEnvs()
  }
})

/** So many MiB, each of its own. */
const chunks = (count: number) => Array.from({ length: count }, (_, at) => Buffer.alloc(MIB, `${at} `))
const image = (count: number, fail?: Error) => sourceOf(chunks(count), { ...(fail && { fail }) })
const content = async () => (await place.files()).get(KEY)
const names = async () => [...(await place.files()).keys()]

/** The target behind a proxy, with little patience. */
async function behind(proxy: FlakyProxy) {
  const endpoint = `http://127.0.0.1:${proxy.port}`
  const env = { VMCAST_S3_STORE_HOST: `127.0.0.1:${proxy.port}` }
  return await openS3(
    configOf({ ...ceph, endpoint }, place.bucket),
    { env },
    { connect: 1000, silence: 3000 },
  )
}

describe('a connection that breaks in the middle', () => {
  test.each(['cut', 'end', 'stall'] as const)('%s: the next call sends what is missing', async (then) => {
    const proxy = await FlakyProxy.start(Number(new URL(ceph.endpoint).port))
    const target = await behind(proxy)
    proxy.trouble({ way: 'to server', after: 64 * MIB, then })
    await expect(target.write('images/~one.partial', image(80), () => KEY)).rejects.toSatisfy(
      fails('target-interrupted'),
    )
    expect(await names()).toEqual([`some/prefix/${KEY} (unfinished)`])
    proxy.passed()

    await target.write('images/~one.partial', image(80), () => KEY)
    expect(proxy.passed()['to server']).toBeLessThan(64 * MIB)
    expect((await content())?.equals(Buffer.concat(chunks(80)))).toBe(true)
    expect(await names()).toEqual([KEY])
    await target.close()
    await proxy.stop()
  })
})

describe('uploads that were begun', () => {
  const begin = async (key: string, part: Buffer) => {
    const object = { Bucket: place.bucket, Key: `some/prefix/${key}` }
    const { UploadId } = await place.client.send(new CreateMultipartUploadCommand(object))
    await place.client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: part }))
  }

  test('what they hold is not believed, and metadata not either', async () => {
    await begin(KEY, Buffer.alloc(8 * MIB, 'x'))
    const target = await place.open()
    await expect(target.write('images/~one.partial', image(20), () => KEY)).rejects.toSatisfy(
      fails('target-unverified'),
    )
    expect(await names()).toEqual([])
    await target.write('images/~one.partial', image(20), () => KEY)
    expect((await content())?.equals(Buffer.concat(chunks(20)))).toBe(true)
  })

  test('those of the same file are ended once it is there; those of others stay', async () => {
    const target = await place.open()
    await target.write('images/~one.partial', image(20), () => KEY)
    await begin(KEY, Buffer.from('left over'))
    await begin('images/other.raw', Buffer.from('of somebody else'))
    await target.write('images/~one.partial', image(20), () => KEY)
    expect(await names()).toEqual([KEY, 'some/prefix/images/other.raw (unfinished)'])
  })

  test('a source that fails at its end leaves none', async () => {
    const target = await place.open()
    const fail = new Error('the pin does not match')
    await expect(target.write('images/~one.partial', image(20, fail), () => KEY)).rejects.toBe(fail)
    expect(await names()).toEqual([])
  })
})

test('what appears in the last moment is looked at, because the server does not look', async () => {
  const target = await place.open()
  const source = image(20)
  const late = {
    ...source,
    digest: async () => (await place.put(KEY, Buffer.from('theirs')), source.digest()),
  }
  await expect(target.write('images/~one.partial', late, () => KEY)).rejects.toSatisfy(
    fails('target-occupied'),
  )
  expect((await content())?.toString()).toBe('theirs')
  expect(await names()).toEqual([KEY])
})

test('an object that was put there in another way is read back and counts', async () => {
  await place.put(KEY, Buffer.concat(chunks(20)))
  await (await place.open()).write('images/~one.partial', image(20), () => KEY)
  expect(await names()).toEqual([KEY])
})

test('files are served as the settings say, and their sum is beside them', async () => {
  const target = await openStore(ceph, place.bucket, { images: { contentType: 'application/x-qemu-disk' } })
  await target.write('images/~one.partial', image(1), () => KEY)
  await target.write('images/~two.partial', image(9), () => 'images/two.raw')
  await target.swap('one.list', Buffer.from('first'), null)
  const heads = [KEY, 'images/two.raw', 'one.list'].map(async (key) => {
    const head = new HeadObjectCommand({ Bucket: place.bucket, Key: `some/prefix/${key}` })
    const { ContentType, CacheControl, Metadata } = await place.client.send(head)
    return [ContentType, CacheControl, Metadata?.['sha512']?.length]
  })
  const asImage = ['application/x-qemu-disk', 'max-age=31536000, immutable', 128]
  expect(await Promise.all(heads)).toEqual([asImage, asImage, ['text/plain', 'max-age=60', undefined]])
})

describe('what the server refuses', () => {
  const attempt = async () => {
    const target = await openStore(ceph, place.bucket)
    await target.swap('one.list', Buffer.from('first'), null)
  }

  test('a wrong secret, and a key that nobody has', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another')
    await expect(attempt()).rejects.toSatisfy(fails('s3-credentials'))
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'NOBODYSKEY')
    await expect(attempt()).rejects.toSatisfy(fails('s3-credentials'))
  })

  test('somebody who may not', async () => {
    const keys = ['--access-key=STRANGER', '--secret=secret']
    await ceph.admin('user', 'create', '--uid=stranger', '--display-name=Stranger', ...keys)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'STRANGER')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    await expect(attempt()).rejects.toSatisfy(fails('s3-denied'))
  })

  test('a bucket that is not there', async () => {
    const target = await openStore(ceph, 'no-such-bucket')
    await expect(target.swap('one.list', Buffer.from('first'), null)).rejects.toSatisfy(fails('s3-bucket'))
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('s3-bucket'))
  })

  test('more than the quota', async () => {
    const quota = ['--quota-scope=bucket', `--bucket=${place.bucket}`]
    await ceph.admin('quota', 'set', ...quota, `--max-size=${10 * MIB}`)
    await ceph.admin('quota', 'enable', ...quota)
    const target = await place.open()
    await expect(target.write('images/~one.partial', image(20), () => KEY)).rejects.toSatisfy(
      fails('target-full'),
    )
    expect(await names()).toEqual([])
  })
})
