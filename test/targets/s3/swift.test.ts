import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { isFault } from '../../../src/errors.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { makePlace, openStore, type S3Place } from '../../support/s3-place.ts'
import { startSwift, type Swift } from '../../support/servers/swift.ts'

let swift: Swift
let place: S3Place
beforeAll(async () => {
  swift = await startSwift()
})
afterAll(() => swift.stop())
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', swift.accessKey)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', swift.secretKey)
  place = await makePlace(swift)
  return () => {
    vi.unstubAllEnvs()
  }
})

test('Swift does not know conditions: nothing is published there', async () => {
  const target = await openStore(swift, place.bucket)
  const swapped = target.swap('one.list', Buffer.from('first'), null)
  await expect(swapped).rejects.toSatisfy((error) => isFault(error, 's3-unconditional'))
  expect([...(await place.files()).keys()]).toEqual([])
})

test('with one publisher, lists and images are', async () => {
  const target = await openStore(swift, place.bucket, { singlePublisher: true })
  const tag = await target.swap('one.list', Buffer.from('first'), null)
  await target.swap('one.list', Buffer.from('second'), tag)
  await expect(target.swap('one.list', Buffer.from('third'), tag)).rejects.toSatisfy((error) =>
    isFault(error, 'target-conflict'),
  )
  await target.write('~one.partial', sourceOf(noise(20_000_000)), () => 'one.raw')
  const files = await place.files()
  expect(files.get('one.list')?.toString()).toBe('second')
  expect(files.get('one.raw')?.equals(Buffer.concat(noise(20_000_000)))).toBe(true)
})
