import { afterEach, beforeAll, afterAll, expect, onTestFinished, test } from 'vitest'
import { issue, type Identity } from '../../../scripts/pki.ts'
import { isFault } from '../../../src/errors.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { noise, sha512, sourceOf } from '../../support/bytes-source.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { makePki, signerOf, type Pki } from '../../support/pki.ts'
import { startDcacheFake, type DcacheFake, type DcacheWish } from '../../support/servers/dcache-fake.ts'

let pki: Pki
let server: Identity
const fakes: DcacheFake[] = []

beforeAll(async () => {
  pki = await makePki()
  server = await issue(pki.folder, 'server', pki.ca, {
    subject: '/DC=org/DC=example/CN=localhost',
    kind: 'p256',
    extensions: ['subjectAltName = DNS:localhost'],
  })
})
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop()
})
afterAll(() => pki.remove())

const MACAROON = 'MDAxY2xvY2F0aW9uIGV4YW1wbGUub3Jn'

async function door(wish: Partial<DcacheWish> = {}): Promise<DcacheFake> {
  const fake = await startDcacheFake({ server, ca: pki.ca.certificate, token: MACAROON, ...wish })
  fakes.push(fake)
  return fake
}

async function open({ port }: DcacheFake, settings = {}) {
  const env = { VMCAST_TOKEN_DCACHE: MACAROON, VMCAST_TOKEN_DCACHE_HOST: `localhost:${port}` }
  const target = await openWebdav(
    davConfig(`davs://localhost:${port}/vm/`, {
      ca: 'trust',
      name: 'dcache',
      singlePublisher: true,
      ...settings,
    }),
    keyringOf({ base: pki.folder, env }),
  )
  onTestFinished(() => target.close())
  return target
}

const image = noise(17_000_000, 1_000_000)
const bytes = Buffer.concat(image)

test('the body goes once, to the data server; the macaroon stays at the door', async () => {
  const fake = await door()
  const target = await open(fake)
  await target.write('images/~x.partial', sourceOf(image, { size: bytes.length }), () => 'images/x.raw')
  expect([...fake.files.keys()]).toEqual(['/vm/images/x.raw'])
  expect(sha512(fake.files.get('/vm/images/x.raw') ?? Buffer.alloc(0))).toBe(sha512(bytes))

  const puts = fake.received.filter(({ method, url }) => method === 'PUT' && url.includes('~x.partial'))
  expect(puts.map(({ server: where, bytes: count }) => [where, count]).slice(-2)).toEqual([
    ['door', 0],
    ['pool', bytes.length],
  ])
  const sent = puts.map(({ bytes: count }) => count).filter((count) => count > 1000)
  expect(sent).toEqual([bytes.length])
  const pool = fake.received.filter(({ server: where }) => where === 'pool')
  expect(pool.length).toBeGreaterThan(0)
  expect(pool.every(({ headers }) => headers.authorization === undefined)).toBe(true)
  expect(JSON.stringify(pool)).not.toContain(MACAROON)
  expect(fake.received.every(({ server: where, headers }) => where === 'pool' || headers.authorization)).toBe(
    true,
  )
})

test('neither is the client certificate shown to the data server', async () => {
  const fake = await door({ token: null })
  const endorser = await signerOf(await pki.endorser('one'))
  const target = await openWebdav(
    davConfig(`davs://localhost:${fake.port}/vm/`, { ca: 'trust', singlePublisher: true }),
    keyringOf({ base: pki.folder, endorser: () => Promise.resolve(endorser) }),
  )
  onTestFinished(() => target.close())
  const tag = await target.swap('one.list', Buffer.from('signed'), null)
  expect((await target.read('one.list', 10))?.tag).toBe(tag)
  const who = (where: string) =>
    new Set(fake.received.filter((one) => one.server === where).map((one) => one.certificate))
  expect(who('door')).toEqual(new Set(['Owen Synge one']))
  expect(who('pool')).toEqual(new Set([null]))
})

test('the server’s own sum is asked for, and nothing read back where it has one', async () => {
  const fake = await door()
  const target = await open(fake)
  await target.write('~x.partial', sourceOf(image, { size: bytes.length }), () => 'x.raw')
  const sent = fake.received.findIndex(({ bytes: count }) => count === bytes.length)
  const asked = fake.received.slice(sent).filter(({ method }) => method !== 'PUT')
  expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'HEAD', 'MOVE'])
  expect(asked.some(({ headers }) => headers['want-digest'])).toBe(true)
})

test('one byte that arrives wrong is seen by the sum, and nothing stays', async () => {
  const fake = await door({
    spoil: (sent) => {
      if (sent.length > 1_000_000) sent.writeUInt8(sent.readUInt8(12_345_678) ^ 1, 12_345_678)
      return sent
    },
  })
  const target = await open(fake)
  const written = target.write('~x.partial', sourceOf(image, { size: bytes.length }), () => 'x.raw')
  await expect(written).rejects.toSatisfy((error) => isFault(error, 'target-unverified'))
  expect([...fake.files.keys()]).toEqual([])
})

test('a lock that everybody gets is none: the target has to say that it has one publisher', async () => {
  const fake = await door()
  const target = await open(fake, { singlePublisher: false })
  await expect(target.swap('one.list', Buffer.from('signed'), null)).rejects.toSatisfy((error) =>
    isFault(error, 'webdav-no-locks'),
  )
  expect([...fake.files.keys()]).toEqual([])
})

test('a data server without encryption is refused, and its token not shown', async () => {
  const fake = await door({ pool: 'http' })
  const target = await open(fake)
  const error: unknown = await target
    .swap('one.list', Buffer.from('signed'), null)
    .catch((thrown: unknown) => thrown)
  expect(isFault(error, 'webdav-redirect')).toBe(true)
  expect(String(error)).not.toMatch(/uuid/)
})

test('a wrong macaroon is named, and not shown', async () => {
  const fake = await door({ token: 'another' })
  const error: unknown = await (await open(fake)).stat('x').catch((thrown: unknown) => thrown)
  expect(isFault(error, 'webdav-refused')).toBe(true)
  expect(String(error)).toContain('the bearer of the token')
  expect(String(error)).not.toContain(MACAROON)
})
