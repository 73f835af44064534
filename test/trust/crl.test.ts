import { createPrivateKey, createPublicKey, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AUTHORITY_EXTENSIONS,
  issue,
  makeCrl,
  openssl,
  type CrlWish,
  type Identity,
} from '../../scripts/pki.ts'
import { Crl } from '../../src/trust/crl.ts'
import { membersOf, oid, readDer, TAG, writeDer, type Der } from '../support/der.ts'

const FROM = new Date('2026-01-01T00:00:00Z')
const UNTIL = new Date('2026-02-01T00:00:00Z')

let folder: string
let ca: Identity
let key: KeyObject
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmcast-crl-'))
  ca = await issue(folder, 'ca', null, {
    subject: '/DC=org/CN=Root',
    kind: 'p256',
    extensions: AUTHORITY_EXTENSIONS,
  })
  key = createPrivateKey(await readFile(ca.key))
})
afterAll(() => rm(folder, { recursive: true }))

async function derOf(wish: CrlWish = {}): Promise<Buffer> {
  const path = await makeCrl(folder, 'one', ca, { from: FROM, until: UNTIL, ...wish })
  await openssl(folder, 'crl', '-in', path, '-outform', 'DER', '-out', 'one.der')
  return await readFile(join(folder, 'one.der'))
}

const read = (der: Uint8Array) => new Crl(der, 'one.r0').read()

/** The list with other contents, signed anew. */
function changed(der: Buffer, change: (fields: readonly Der[]) => readonly Der[]): Buffer {
  const [body, algorithm] = membersOf(readDer(der))
  if (!body || !algorithm) throw new Error('not a revocation list')
  const made: Der = { tag: TAG.sequence, inside: change(membersOf(body)) }
  const signature = Buffer.concat([Buffer.alloc(1), sign('sha256', writeDer(made), key)])
  return writeDer({ tag: TAG.sequence, inside: [made, algorithm, { tag: TAG.bits, inside: signature }] })
}

/** An entry of a revocation list. */
const entry = (serial: string, ...extensions: Der[]): Der => ({
  tag: TAG.sequence,
  inside: [
    { tag: TAG.integer, inside: Buffer.from(serial, 'hex') },
    { tag: 0x17, inside: Buffer.from('260115120000Z') },
    ...(extensions.length > 0 ? [{ tag: TAG.sequence, inside: extensions }] : []),
  ],
})

const extension = (type: string, critical: boolean, value: Buffer): Der => ({
  tag: TAG.sequence,
  inside: [
    oid(type),
    ...(critical ? [{ tag: TAG.boolean, inside: Buffer.from([0xff]) }] : []),
    { tag: TAG.octets, inside: value },
  ],
})

/** With these entries instead of its own: none, as made by `derOf`. */
const withEntries = async (...entries: Der[]) =>
  read(
    changed(await derOf(), (fields) => [
      ...fields.slice(0, -1),
      { tag: TAG.sequence, inside: entries },
      ...fields.slice(-1),
    ]),
  )

describe('Crl', () => {
  it('says whose it is, from when, until when, and who is on it', async () => {
    const revoked = [
      { serial: '01', on: FROM },
      { serial: 'FEDCBA', on: UNTIL, reason: 'keyCompromise' },
      { serial: '02', on: FROM, reason: 'removeFromCRL' },
    ]
    const crl = new Crl(await derOf({ revoked }), 'one.r0')
    expect(crl.issuer).toBe('/DC=org/CN=Root')
    const list = crl.read()
    expect(list).toMatchObject({ thisUpdate: FROM, nextUpdate: UNTIL, limits: null, outdated: false })
    expect(list.find('01')).toEqual({ at: FROM, reason: null })
    expect(list.find('00fedcba')).toEqual({ at: UNTIL, reason: 'its key was compromised' })
    expect(list.find('02')).toBeNull()
    expect(list.find('03')).toBeNull()
  })

  it('names its CA’s key, and knows it', async () => {
    const list = read(await derOf({ extensions: ['authorityKeyIdentifier = keyid, issuer:always'] }))
    const certificate = new X509Certificate(await readFile(ca.certificate))
    expect(list.authority.serial?.replace(/^00/, '')).toBe(certificate.serialNumber.toLowerCase())
    expect(list.authority.key).toMatch(/^[0-9a-f]{40}$/)
    expect(list.isSignedBy(certificate.publicKey)).toBe(true)
    const other = await issue(folder, 'other', null, { subject: '/CN=x', kind: 'rsa' })
    expect(list.isSignedBy(createPublicKey(await readFile(other.key)))).toBe(false)
  })

  it('reads times before and after 2050', async () => {
    const far = new Date('2060-01-01T00:00:00Z')
    expect(read(await derOf({ from: new Date('1960-01-01T00:00:00Z'), until: far }))).toMatchObject({
      thisUpdate: new Date('1960-01-01T00:00:00Z'),
      nextUpdate: far,
    })
  })

  it('one that does not say when the next comes', async () => {
    const der = changed(await derOf(), (fields) => fields.filter((_, at) => at !== 4))
    expect(read(der)).toMatchObject({ thisUpdate: FROM, nextUpdate: null })
    expect(read(der).isSignedBy(createPublicKey(key))).toBe(true)
  })

  it('an entry may speak of a reason and a date, even critically, but of nothing unknown', async () => {
    const reason = extension('2.5.29.21', true, Buffer.from('0a0101', 'hex'))
    const date = extension('2.5.29.24', false, Buffer.from('180f32303236303131353132303030305a', 'hex'))
    const unknown = extension('1.2.3.4', true, Buffer.from('0500', 'hex'))
    const elsewhere = extension('2.5.29.29', false, Buffer.from('3000', 'hex'))
    expect(await withEntries(entry('05', reason, date))).toMatchObject({ limits: null })
    expect((await withEntries(entry('05', reason, date))).find('05')?.reason).toBe('its key was compromised')
    for (const odd of [unknown, elsewhere]) {
      const list = await withEntries(entry('04'), entry('05', odd), entry('06'))
      expect(list.limits).toBe('an entry of it has a critical extension that is unknown')
      expect(list.find('05')).not.toBeNull()
    }
  })

  it.each<[string, string[], string]>([
    ['a delta', ['2.5.29.27 = critical, DER:020101'], 'it is a delta'],
    ['in parts', ['issuingDistributionPoint = onlyuser:TRUE'], 'it covers only some certificates'],
    ['unknown', ['1.2.3.4 = critical, ASN1:NULL'], 'it has a critical extension that is unknown'],
  ])('one that is %s has limits', async (_, extensions, limits) => {
    expect(read(await derOf({ extensions })).limits).toContain(limits)
  })

  it('one whose two algorithms differ is not signed', async () => {
    const der = changed(await derOf(), (fields) =>
      fields.map((field, at) =>
        at === 1 ? { tag: TAG.sequence, inside: [oid('1.2.840.10045.4.3.3')] } : field,
      ),
    )
    expect(read(der).isSignedBy(createPublicKey(key))).toBe(false)
  })

  it('what is cut off, or changed anywhere, is not read, or not signed', async () => {
    const der = await derOf({ revoked: [{ serial: '01', on: FROM, reason: 'superseded' }] })
    const signer = createPublicKey(key)
    expect(read(der).isSignedBy(signer)).toBe(true)
    const isTaken = (bytes: Buffer) => {
      try {
        return read(bytes).isSignedBy(signer)
      } catch (error) {
        if (error instanceof Error) return false
        throw error
      }
    }
    for (let length = 0; length < der.length; length += 1)
      expect(isTaken(der.subarray(0, length))).toBe(false)
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const mutant = Buffer.from(der)
        mutant[at] = (mutant[at] ?? 0) ^ mask
        expect(isTaken(mutant)).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })

  it('a list of fifty thousand is read, and finds the last', async () => {
    const serial = (at: number) => (0x10000000 + at).toString(16)
    const entries = Array.from({ length: 50_000 }, (_, at) => entry(serial(at)))
    const list = await withEntries(...entries)
    expect(list.find(serial(49_999))).toEqual({ at: new Date('2026-01-15T12:00:00Z'), reason: null })
    expect(list.find(serial(50_000))).toBeNull()
  })

  it('is read when it is first asked for, and once', async () => {
    const der = await derOf()
    const crl = new Crl(der, 'one.r0')
    expect(crl.read()).toBe(crl.read())
  })
})
