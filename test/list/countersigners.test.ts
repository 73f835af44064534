import { Null } from 'asn1js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUTHORITY_EXTENSIONS, ENDORSER_EXTENSIONS, issue, type Wish } from '../../scripts/pki.ts'
import { formatTime } from '../../src/dates.ts'
import { countersign } from '../../src/list/cms/countersign.ts'
import { serialize } from '../../src/list/compose.ts'
import { countersignMessage, sign } from '../../src/list/smime.ts'
import { verifyList, type Expectations } from '../../src/list/verify.ts'
import { judge } from '../../src/observe/published.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { altered, derOf, withDer } from '../support/cms.ts'
import { CA_DN, makePki, signerOf, type Pki } from '../support/pki.ts'

const NOW = new Date()
const DAY = 86_400_000
const dnOf = (name: string) => `/DC=org/DC=example/OU=People/CN=Owen Synge ${name}`
const nameOf = (name: string) => ({ dn: dnOf(name), ca: CA_DN })

let pki: Pki
let first: Signer
let second: Signer
let third: Signer
let message: Uint8Array
beforeAll(async () => {
  pki = await makePki()
  first = await signerOf(await pki.endorser('first'))
  second = await signerOf(await pki.endorser('second', 'rsa'))
  third = await signerOf(await pki.endorser('third'))
  const endorser = {
    'dc:creator': 'Owen Synge',
    'hv:email': 'owen@example.org',
    'hv:dn': first.dn,
    'hv:ca': first.ca,
  }
  message = await sign(
    serialize({
      'hv:imagelist': {
        'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
        'dc:title': 'README example',
        'dc:description': 'a README example of an image list',
        'dc:source': 'example.org',
        'dc:date:created': formatTime(new Date(NOW.getTime() - 60_000)),
        'dc:date:expires': formatTime(new Date(NOW.getTime() + 60_000)),
        'hv:endorser': { 'hv:x509': endorser },
        'hv:images': [],
        'hv:uri': 'https://images.example.org/lists/example.list',
        'hv:version': '0.0.1',
      },
    }),
    first,
    NOW,
  )
})
afterAll(() => pki.remove())

const issued = async (name: string, wish: Partial<Wish> & Pick<Wish, 'subject'>) =>
  signerOf(await issue(pki.folder, name, pki.ca, { kind: 'p256', extensions: ENDORSER_EXTENSIONS, ...wish }))

async function by(...pens: Signer[]): Promise<Uint8Array> {
  let bytes = message
  for (const pen of pens) bytes = await countersignMessage(bytes, pen, NOW)
  return bytes
}

/** Countersigns what vmcast would refuse to. */
const force = async (bytes: Uint8Array, pen: Signer): Promise<Uint8Array> =>
  withDer(bytes, await countersign(derOf(bytes), pen, NOW))

function look(bytes: Uint8Array, more: Partial<Expectations> = {}) {
  const { checks, failures } = verifyList(bytes, { anchors: pki.anchors, now: NOW, ...more })
  return { failures, about: checks.filter(({ name }) => name === 'countersigner') }
}

/** How an observer sees it. */
function seen(bytes: Uint8Array, ...endorsers: string[]) {
  const believed = { anchors: pki.anchors, endorsers: endorsers.map(nameOf) }
  const found = judge({ bytes, tag: 't' }, believed, NOW)
  if (found.state !== 'intact') throw new Error(found.state)
  const { signer, countersigners, untrusted } = found
  return { signer: signer.dn, countersigners: countersigners.map(({ dn }) => dn), untrusted }
}

describe('who countersigned', () => {
  it('is told, and satisfies who asks for it, by name and by CA', async () => {
    const bytes = await by(second, third)
    const wanted = [{ dn: dnOf('third') }, nameOf('second')]
    const { failures, about } = look(bytes, {
      countersigners: wanted,
      endorsers: ['third', 'first', 'second'].map(nameOf),
    })
    expect(failures).toEqual([])
    const when = formatTime(NOW)
    expect(about).toEqual(
      ['second', 'third'].map((name) => ({
        name: 'countersigner',
        result: 'passed',
        message: `It is countersigned by ${dnOf(name)} (${when}).`,
        remedy: null,
      })),
    )
    expect(seen(bytes, 'third', 'second', 'first')).toEqual({
      signer: dnOf('first'),
      countersigners: [dnOf('second'), dnOf('third')],
      untrusted: null,
    })
  })

  it('fails whoever asks for another, another CA, or the signer itself', async () => {
    const bytes = await by(second)
    expect(look(bytes, { countersigners: [{ dn: dnOf('third') }] }).failures).toEqual([
      `It is not countersigned by ${dnOf('third')}.`,
    ])
    expect(look(bytes, { countersigners: [{ dn: dnOf('second'), ca: '/CN=Other CA' }] }).failures).toEqual([
      `It is not countersigned by ${dnOf('second')} (of /CN=Other CA).`,
    ])
    expect(look(bytes, { countersigners: [{ dn: dnOf('first') }] }).failures).toHaveLength(1)
    expect(look(bytes, { endorsers: ['first', 'third'].map(nameOf) }).failures).toEqual([
      `It is not signed or countersigned by ${dnOf('third')} (of ${CA_DN}).`,
    ])
    expect(seen(bytes, 'first', 'third').untrusted).toBe(`it is not countersigned by ${dnOf('third')}`)
  })

  it('may be stripped by anybody: then the list lacks them', async () => {
    const stripped = altered(await by(second), (info) => delete info.unsignedAttrs)
    expect(look(stripped)).toEqual({ failures: [], about: [] })
    expect(look(stripped, { countersigners: [{ dn: dnOf('second') }] }).failures).toHaveLength(1)
    expect(seen(stripped, 'first', 'second').untrusted).toBe(`it is not countersigned by ${dnOf('second')}`)
    expect(seen(stripped).untrusted).toBeNull()
  })

  it('may be anybody with a certificate, who counts for nobody else', async () => {
    const ca = await issue(pki.folder, 'mallory-ca', null, {
      subject: CA_DN,
      kind: 'p256',
      extensions: AUTHORITY_EXTENSIONS,
    })
    const mallory = await signerOf(
      await issue(pki.folder, 'mallory', ca, {
        subject: dnOf('second'),
        kind: 'p256',
        extensions: ENDORSER_EXTENSIONS,
      }),
    )
    const bytes = await by(mallory)
    const { failures, about } = look(bytes, { countersigners: [nameOf('second')] })
    expect(failures).toEqual([`It is not countersigned by ${dnOf('second')} (of ${CA_DN}).`])
    expect(about[0]).toMatchObject({
      result: 'warning',
      message: expect.stringContaining(`The countersignature by ${dnOf('second')} does not count:`) as string,
    })
    expect(look(bytes).failures).toEqual([])
    expect(seen(bytes, 'first', 'second')).toMatchObject({
      countersigners: [],
      untrusted: `it is not countersigned by ${dnOf('second')}`,
    })
    // What she did does not keep the right one from counting.
    const both = await force(bytes, second)
    expect(look(both, { countersigners: [nameOf('second')] }).failures).toEqual([])
  })

  it.each<[string, () => Promise<Signer>, string]>([
    [
      'has a certificate that ended',
      () =>
        issued('ended', {
          subject: '/CN=Ended',
          from: new Date(NOW.getTime() - 2 * DAY),
          until: new Date(NOW.getTime() - DAY),
        }),
      'the certificate /CN=Ended ended on',
    ],
    [
      'is a host',
      () =>
        issued('host', { subject: '/CN=host.example.org', extensions: ['extendedKeyUsage = serverAuth'] }),
      'unsuitable certificate purpose',
    ],
  ])('does not count where it %s', async (_, make, reason) => {
    const bytes = await by(await make())
    expect(look(bytes).failures).toEqual([])
    expect(look(bytes).about).toMatchObject([
      { result: 'warning', message: expect.stringContaining(reason) as string },
    ])
    expect(seen(bytes).countersigners).toEqual([])
  })

  it('does not count twice, by name or by key, whoever put it there', async () => {
    const alias = await issued('alias', { subject: '/CN=Alias', key: `${pki.folder}/second.key.pem` })
    const twin = await issued('twin', { subject: dnOf('first') })
    for (const [pen, reason] of [
      [alias, 'somebody has signed it with the same key'],
      [twin, 'they have signed it already'],
    ] as const) {
      const bytes = await force(await by(second), pen)
      expect(look(bytes).about).toMatchObject([
        { result: 'passed' },
        { result: 'warning', message: expect.stringContaining(reason) as string },
      ])
      expect(seen(bytes).countersigners).toEqual([dnOf('second')])
    }
  })

  it('is told as broken where it is, and missed by who asks for it', async () => {
    const bytes = altered(await by(second), ({ unsignedAttrs }) => {
      for (const attribute of unsignedAttrs?.attributes ?? []) attribute.values = [new Null()]
    })
    expect(look(bytes).about).toMatchObject([
      { result: 'warning', message: 'A countersignature on it is broken: it cannot be read.' },
    ])
    expect(look(bytes, { countersigners: [nameOf('second')] }).failures).toHaveLength(1)
  })
})
