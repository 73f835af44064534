import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issue, openssl, type Identity } from '../../scripts/pki.ts'
import { formatTime } from '../../src/dates.ts'
import { serialize } from '../../src/list/compose.ts'
import { sign } from '../../src/list/smime.ts'
import { verifyList, type Expectations } from '../../src/list/verify.ts'
import type { JsonObject } from '../../src/model.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { CA_DN, makePki, signerOf, type Pki } from '../support/pki.ts'
import { ALTERED_SEED, MENDED_SEED } from '../support/seed.ts'

const NOW = new Date()
const DN = '/DC=org/DC=example/OU=People/CN=Owen Synge usual'
const URI = 'https://images.example.org/lists/example.list'

let pki: Pki
let endorser: Identity
let signer: Signer
beforeAll(async () => {
  pki = await makePki()
  endorser = await pki.endorser('usual')
  signer = await signerOf(endorser)
})
afterAll(() => pki.remove())

const x509 = (dn = DN, ca = CA_DN) => ({
  'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org', 'hv:dn': dn, 'hv:ca': ca },
})

/** A good list with these keys instead; undefined takes one out. */
const listOf = (keys: Record<string, unknown> = {}): JsonObject => ({
  'hv:imagelist': JSON.parse(
    JSON.stringify({
      'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
      'dc:title': 'README example',
      'dc:description': 'a README example of an image list',
      'dc:source': 'example.org',
      'dc:date:created': formatTime(new Date(NOW.getTime() - 60_000)),
      'dc:date:expires': formatTime(new Date(NOW.getTime() + 60_000)),
      'hv:endorser': x509(),
      'hv:images': [],
      'hv:uri': URI,
      'hv:version': '0.0.1',
      ...keys,
    }),
  ) as JsonObject,
})

const verify = (bytes: Uint8Array, more: Partial<Expectations> = {}) =>
  verifyList(bytes, { anchors: pki.anchors, now: NOW, ...more })

async function failuresOf(keys: Record<string, unknown>, more: Partial<Expectations> = {}) {
  return verify(await sign(serialize(listOf(keys)), signer, NOW), more).failures
}

describe('verifyList', () => {
  it('passes a good list in every check', async () => {
    const { checks, failures, list } = verify(await sign(serialize(listOf()), signer, NOW), {
      dn: DN,
      issuer: CA_DN,
      from: URI,
    })
    expect(failures).toEqual([])
    expect(checks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'signature passed',
      'chain passed',
      'purpose passed',
      'expected passed',
      'expected passed',
      'endorser passed',
      'schema passed',
      'dates passed',
      'address passed',
    ])
    expect(list?.keys['dc:title']).toBe('README example')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['from the future', { 'dc:date:created': '2999-01-01T00:00:00Z' }, 'it was made in the future, at 2999'],
    ['expired', { 'dc:date:expires': '2011-04-07T17:09:12Z' }, 'it expired at 2011-04-07T17:09:12Z'],
    ['of no day', { 'dc:date:expires': '2999-02-30T00:00:00Z' }, 'dc:date:expires is no time'],
    [
      'of another endorser',
      { 'hv:endorser': x509('/CN=Mallory') },
      `hv:endorser names /CN=Mallory, but ${DN} signed`,
    ],
    ['of another CA', { 'hv:endorser': x509(DN, '/CN=Other') }, 'hv:endorser names the CA /CN=Other, but'],
    ['of nobody', { 'hv:endorser': [] }, 'hv:endorser names nobody'],
    ['without a title', { 'dc:title': undefined }, 'hv:imagelist lacks dc:title'],
    ['with a null', { 'dc:source': null }, 'hv:imagelist/dc:source is not one line of text'],
    [
      'with an odd image',
      { 'hv:images': [{ 'hv:image': {} }] },
      'hv:imagelist/hv:images/0/hv:image lacks hv:size',
    ],
    ['with images that are none', { 'hv:images': {} }, 'hv:images is not an array'],
  ])('refuses a list %s', async (_, keys, reason) => {
    expect((await failuresOf(keys)).join('\n')).toContain(reason)
  })

  it('names every failure, not only the first', async () => {
    const failures = await failuresOf(
      { 'dc:date:expires': '2011-04-07T17:09:12Z', 'hv:endorser': x509('/CN=Mallory'), 'dc:title': 7 },
      { dn: '/CN=Alice', issuer: '/CN=Bob', now: new Date('2999-01-01T00:00:00Z') },
    )
    expect(failures).toEqual([
      expect.stringContaining(`the certificate ${DN} ended on`),
      `Its signer is ${DN}, not /CN=Alice.`,
      `The CA of its signer is ${CA_DN}, not /CN=Bob.`,
      expect.stringContaining('hv:endorser names /CN=Mallory'),
      expect.stringContaining('hv:imagelist/dc:title is not one line of text'),
      expect.stringContaining('it expired at 2011'),
    ])
  })

  it('of a list of thousands of faults, tells some', async () => {
    const images = Array.from({ length: 500 }, () => ({ 'hv:image': {} }))
    const [failure = ''] = await failuresOf({ 'hv:images': images })
    expect(failure).toContain('and more')
    expect(failure.length).toBeLessThan(2000)
  })

  it('looks at the rest of a list that was tampered with', async () => {
    const message = Buffer.from(await sign(serialize(listOf()), signer, NOW)).toString()
    const { failures, list } = verify(Buffer.from(message.replaceAll('README example', 'README eXample')))
    expect(failures).toEqual([expect.stringContaining('its content was changed after it was signed')])
    expect(list?.keys['dc:title']).toBe('README eXample')
  })

  it('warns of another address than the list’s own', async () => {
    const { checks, failures } = verify(await sign(serialize(listOf()), signer, NOW), { from: `${URI}?x` })
    expect(failures).toEqual([])
    expect(checks.find(({ name }) => name === 'address')).toMatchObject({ result: 'warning' })
  })

  it('refuses what is no list, in one failure', async () => {
    expect(verify(Buffer.from('hello')).failures).toHaveLength(1)
    expect(verify(await sign('[]', signer, NOW)).failures).toEqual([
      'This is not an image list in the HEPiX format: it is not an object.',
    ])
  })

  it('refuses a host’s certificate as unsuitable', async () => {
    const host = await issue(pki.folder, 'host', pki.ca, {
      subject: DN,
      kind: 'p256',
      extensions: ['extendedKeyUsage = serverAuth'],
    })
    expect(verify(await sign(serialize(listOf()), await signerOf(host), NOW)).failures).toEqual([
      expect.stringContaining('unsuitable certificate purpose'),
    ])
  })

  it('warns of SHA-1', async () => {
    const content = join(pki.folder, 'sha1.json')
    await writeFile(content, serialize(listOf()))
    const signed = ['-signer', endorser.certificate, '-inkey', endorser.key, '-md', 'sha1']
    const message = await openssl(pki.folder, 'smime', '-sign', '-in', content, ...signed)
    const { checks, failures } = verify(Buffer.from(message))
    expect(failures).toEqual([])
    expect(checks.filter(({ result }) => result === 'warning').map(({ message }) => message)).toEqual([
      'It is signed with SHA-1.',
    ])
  })

  it('the message of 2011: as it came, and mended', () => {
    const altered = verify(Buffer.from(ALTERED_SEED)).failures
    expect(altered[0]).toContain('its content was changed after it was signed')
    const { failures, checks } = verify(Buffer.from(MENDED_SEED))
    expect(failures.join('\n')).toMatch(/ended on 2011-02-04T15:19:22Z; no trusted certificate of its CA/)
    expect(failures.join('\n')).toContain('it expired at 2011-04-07T17:09:12Z')
    expect(checks[0]).toMatchObject({ name: 'signature', result: 'passed' })
    expect(checks[1]).toMatchObject({ name: 'digest', result: 'warning' })
  })
})
