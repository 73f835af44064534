import { describe, expect, it } from 'vitest'
import type { Failure, JsonObject, SignerName } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import {
  absent,
  broken,
  desired,
  digest,
  failureOf,
  file,
  hostedImage,
  image,
  inDays,
  intact,
  list,
  listed,
  planned,
  PREFIX,
  published,
  publishedImage,
  SIGNER,
  sum,
  world,
} from '../support/builders.ts'
import { targetTo } from '../support/targets.ts'

const debian = image('debian-12')
const example = list('example', { images: ['debian-12'] })
const asPublished = intact(published(example, [publishedImage(debian, 'a')]))
const failure: Failure = { state: 'failed', code: 'web-failed', message: 'No answer.', remedy: 'Wait.' }

/** The plan of the list `example` with the image `debian-12`, where they changed as said. */
function plan({
  list: one = example,
  image: other = debian,
  observed = asPublished,
  files = { 'debian-12': file('a') },
  rest = {},
}: {
  list?: typeof example
  image?: typeof debian
  observed?: Parameters<typeof world>[0][string]
  files?: Parameters<typeof world>[1]
  rest?: Parameters<typeof world>[2]
} = {}) {
  return diff(desired([one], [other]), world({ example: observed }, files, rest))
}

const exampleOf = (changes: Parameters<typeof plan>[0]) => planned(plan(changes), 'example')
const debianOf = (changes: Parameters<typeof plan>[0]) => listed(exampleOf(changes), 'debian-12')
const withKeys = (keys: JsonObject) => list('example', { images: ['debian-12'], keys })

describe('a list', () => {
  it('that is published as it should be is kept', () => {
    expect(exampleOf({})).toMatchObject({
      action: 'keep',
      version: { from: '1.0.0', to: '1.0.0' },
      expires: { from: inDays(23), to: inDays(23) },
      keys: [],
      images: [{ action: 'keep', upload: null }],
      guards: [],
    })
  })

  it('that is nowhere is added', () => {
    expect(exampleOf({ observed: absent })).toMatchObject({
      action: 'add',
      version: { from: null, to: '0.0.1' },
      expires: { from: null, to: inDays(28) },
      signer: { from: null, to: SIGNER },
      tag: null,
      images: [{ action: 'add', version: { from: null, to: '0.0.1' } }],
    })
  })

  it('whose metadata changed is changed, and keeps its images', () => {
    expect(exampleOf({ list: withKeys({ 'dc:title': 'New' }) })).toMatchObject({
      action: 'change',
      version: { from: '1.0.0', to: '1.0.1' },
      expires: { to: inDays(28) },
      keys: [{ key: 'dc:title', from: 'example', to: 'New' }],
      images: [{ action: 'keep' }],
      tag: 'tag',
    })
  })

  it('takes text and numbers for different, and key order for nothing', () => {
    const shape = (keys: JsonObject, published: JsonObject) =>
      exampleOf({
        list: withKeys({ 'x:any': keys }),
        observed: intact({ ...asPublished.list, keys: { ...asPublished.list.keys, 'x:any': published } }),
      }).action
    expect(shape({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toBe('keep')
    expect(shape({ a: 5 }, { a: '5' })).toBe('change')
    expect(shape({ a: [1, 2] }, { a: [2, 1] })).toBe('change')
  })

  it('tells a key that is null from one that is missing', () => {
    expect(exampleOf({ list: withKeys({ 'x:any': null }) }).action).toBe('change')
  })

  it('follows a floor that was raised, and ignores one that was passed', () => {
    expect(exampleOf({ list: withKeys({ 'hv:version': '2.0' }) })).toMatchObject({
      action: 'change',
      version: { from: '1.0.0', to: '2.0' },
    })
    expect(exampleOf({ list: withKeys({ 'hv:version': '0.5' }) }).action).toBe('keep')
  })

  it('whose images stand in another order is changed, and says so', () => {
    const ubuntu = image('ubuntu-24.04')
    const both = list('example', { images: ['ubuntu-24.04', 'debian-12'] })
    const observed = intact(published(both, [publishedImage(debian, 'a'), publishedImage(ubuntu, 'b')]))
    const files = { 'debian-12': file('a'), 'ubuntu-24.04': file('b') }
    expect(
      planned(diff(desired([both], [debian, ubuntu]), world({ example: observed }, files)), 'example'),
    ).toMatchObject({
      action: 'change',
      keys: [{ key: 'hv:images', to: [ubuntu.identifier, debian.identifier] }],
      images: [
        { action: 'keep', name: 'ubuntu-24.04' },
        { action: 'keep', name: 'debian-12' },
      ],
    })
  })

  it('that was published with one image twice is changed', () => {
    const twice = [publishedImage(debian, 'a'), publishedImage(debian, 'a')]
    expect(exampleOf({ observed: intact(published(example, twice)) }).action).toBe('change')
  })

  it('that another signs now is signed anew', () => {
    const before = { dn: '/CN=Somebody', ca: '/CN=Else' }
    const x509 = { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org' }
    const observed = intact(
      published(example, [publishedImage(debian, 'a')], {
        'hv:endorser': { 'hv:x509': { ...x509, 'hv:dn': before.dn, 'hv:ca': before.ca } },
      }),
      { signer: before },
    )
    expect(exampleOf({ observed })).toMatchObject({
      action: 'renew',
      version: { to: '1.0.1' },
      signer: { from: before, to: SIGNER },
      keys: [],
      guards: [{ kind: 'signer', allow: 'signer' }],
    })
  })
})

describe('a list that names its signer otherwise', () => {
  const names = (dn: string) =>
    published(example, [publishedImage(debian, 'a')], {
      'hv:endorser': {
        'hv:x509': {
          'dc:creator': 'Owen Synge',
          'hv:email': 'owen@example.org',
          'hv:dn': dn,
          'hv:ca': SIGNER.ca,
        },
      },
    })

  it('than the certificate does is signed anew', () => {
    expect(exampleOf({ observed: intact(names('/CN=Owen Synge/Email=owen@example.org')) })).toMatchObject({
      action: 'renew',
      guards: [],
    })
  })

  it('than who signed it is signed anew, behind the guard', () => {
    expect(
      exampleOf({ observed: intact(names(SIGNER.dn), { signer: { ...SIGNER, ca: '/CN=Else' } }) }),
    ).toMatchObject({
      action: 'renew',
      guards: [{ kind: 'signer' }],
    })
  })
})

describe('renewal', () => {
  const ending = (days: number) =>
    intact(published(example, [publishedImage(debian, 'a')], { 'dc:date:expires': inDays(days) }))
  const certificate = (days: number) => ({ signer: { ...SIGNER, notAfter: new Date(inDays(days)) } })

  it.each<[string, number, number, string]>([
    ['is not due while more than renew is left', 7.1, 365, 'keep'],
    ['is due once less is left', 6.9, 365, 'renew'],
    ['is due when the list has expired', -100, 365, 'renew'],
    ['is not due where the certificate leaves nothing to gain', 5, 5, 'keep'],
    ['is not due where the end would move by less than a day', 5, 5.9, 'keep'],
    ['is due where the end would move by a day', 5, 6, 'renew'],
    ['is due for whatever is left once the list has expired', -0.1, 0.5, 'renew'],
  ])('%s', (_, end, certificateEnd, action) => {
    expect(exampleOf({ observed: ending(end), rest: certificate(certificateEnd) }).action).toBe(action)
  })

  it('raises the version, and moves the end no further than the certificate’s', () => {
    expect(exampleOf({ observed: ending(2), rest: certificate(10) })).toMatchObject({
      version: { from: '1.0.0', to: '1.0.1' },
      expires: { from: inDays(2), to: inDays(10) },
    })
  })

  it('renews lists of a short lifetime in time', () => {
    const short = list('example', { images: ['debian-12'], lifetime: 12 * 3_600_000, renew: 6 * 3_600_000 })
    expect(exampleOf({ list: short, observed: ending(0.2) }).action).toBe('renew')
  })

  it('renews a list whose end cannot be read', () => {
    const observed = intact(
      published(example, [publishedImage(debian, 'a')], { 'dc:date:expires': '2026-05' }),
    )
    expect(exampleOf({ observed }).action).toBe('renew')
  })

  it('signs a list anew whose signer is no longer trusted', () => {
    expect(
      exampleOf({ observed: { ...asPublished, untrusted: 'its certificate was revoked' } }),
    ).toMatchObject({
      action: 'renew',
      guards: [{ kind: 'untrusted' }],
    })
  })

  describe('that must be countersigned', () => {
    const one: SignerName = { dn: '/CN=One', ca: SIGNER.ca }
    const other = { ...one, dn: '/CN=Other' }
    const both = list('example', { images: ['debian-12'], countersigners: [one, other] })
    const by = (...countersigners: SignerName[]) => ({ ...asPublished, countersigners })

    it('is kept where all have done so, in whatever order, and with others', () => {
      expect(exampleOf({ list: both, observed: by(other, { ...one, dn: '/CN=More' }, one) })).toMatchObject({
        action: 'keep',
        countersigners: [one, other],
      })
    })

    it('is signed anew where one is missing, or another CA’s of that name', () => {
      for (const countersigners of [[], [one], [one, { ...other, ca: '/CN=Other CA' }]])
        expect(exampleOf({ list: both, observed: by(...countersigners) })).toMatchObject({
          action: 'renew',
          version: { to: '1.0.1' },
          guards: [],
        })
    })

    it('names all whom the repository demands of every list, but the signer', () => {
      const base = desired([list('example', { images: ['debian-12'], countersigners: [one] })], [debian])
      const trust = { ...base.config.trust, endorsers: [SIGNER, other, one] }
      const given = { ...base, config: { ...base.config, trust } }
      const seen = world({ example: by(one, other) }, { 'debian-12': file('a') })
      expect(planned(diff(given, seen), 'example')).toMatchObject({
        action: 'keep',
        countersigners: [one, other],
      })
      const signer = { ...one, notAfter: seen.signer.notAfter }
      const swapped = diff({ ...given, lists: [example] }, { ...seen, signer })
      expect(planned(swapped, 'example').countersigners).toEqual([SIGNER, other])
    })

    it('fails where its signer is to countersign it too', () => {
      for (const ca of [SIGNER.ca, '/CN=Other CA']) {
        const countersigners = [{ dn: SIGNER.dn, ca }]
        expect(
          failureOf(plan({ list: list('example', { images: ['debian-12'], countersigners }) }), 'example'),
        ).toBe('countersigner-signs')
      }
    })
  })

  it('fails where the certificate has ended, unless there is nothing to sign', () => {
    expect(failureOf(plan({ observed: ending(-0.1), rest: certificate(-1) }), 'example')).toBe(
      'certificate-ended',
    )
    expect(exampleOf({ rest: certificate(-1) }).action).toBe('keep')
  })
})

describe('an image', () => {
  it('whose bytes changed gets a new version, name and upload', () => {
    expect(debianOf({ files: { 'debian-12': file('b', 7) } })).toMatchObject({
      action: 'change',
      version: { from: '0.0.1', to: '0.0.2' },
      bytes: { from: digest('a'), to: digest('b', 7) },
      source: sum('b'),
      uri: { to: `${PREFIX}${debian.identifier}_${sum('b').slice(0, 16)}.qcow2` },
      upload: { prefix: PREFIX, size: 7, compress: null },
      keys: [],
    })
  })

  it('whose metadata changed keeps its version and bytes', () => {
    expect(debianOf({ image: image('debian-12', { keys: { 'sl:osversion': '12.1' } }) })).toMatchObject({
      action: 'change',
      version: { from: '0.0.1', to: '0.0.1' },
      keys: [{ key: 'sl:osversion', from: '12', to: '12.1' }],
      upload: null,
    })
  })

  it('that moves to another prefix is uploaded there, with the version that it has', () => {
    const moved = image('debian-12', { uri: 'https://images.example.org/new/' })
    expect(debianOf({ image: moved })).toMatchObject({
      action: 'change',
      version: { from: '0.0.1', to: '0.0.1' },
      uri: { to: `https://images.example.org/new/${debian.identifier}_${sum('a').slice(0, 16)}.qcow2` },
      upload: { prefix: 'https://images.example.org/new/' },
    })
  })

  it('that was not read yet counts as changed until it is', () => {
    expect(debianOf({ files: { 'debian-12': { source: null, size: 7, served: null } } })).toMatchObject({
      action: 'change',
      version: { to: '0.0.2' },
      bytes: { to: null },
      uri: { to: null },
      upload: { size: 7 },
      keys: [],
    })
  })

  it('that lies at the prefix under a name from elsewhere stays there', () => {
    const uri = `${PREFIX}old/Debian-12.img`
    const observed = intact(published(example, [publishedImage(debian, 'a', { 'hv:uri': uri })]))
    expect(debianOf({ observed })).toMatchObject({ action: 'keep', uri: { to: uri }, upload: null })
  })

  it.each([`${PREFIX}../x.img`, `${PREFIX}$(id).img`, `${PREFIX}a.img?x`])('does not stay at %s', (uri) => {
    const observed = intact(published(example, [publishedImage(debian, 'a', { 'hv:uri': uri })]))
    expect(debianOf({ observed })).toMatchObject({
      action: 'change',
      version: { to: '0.0.1' },
      upload: { prefix: PREFIX },
    })
  })

  it('whose size was published as text is changed, and keeps version and place', () => {
    const observed = intact(published(example, [publishedImage(debian, 'a', { 'hv:size': '1200000000' })]))
    expect(debianOf({ observed })).toMatchObject({
      action: 'change',
      version: { to: '0.0.1' },
      keys: [{ key: 'hv:size', from: '1200000000', to: 1_200_000_000 }],
      upload: null,
    })
  })

  it('that is compressed on the way is known by its source, whatever this machine’s compressor gives', () => {
    const packed = image('debian-12', { keys: { 'hv:format': 'qcow2.gz' } })
    const observed = intact(
      published(example, [publishedImage(packed, 'gz', { 'vmcast:source:sha512': sum('a') })]),
    )
    for (const served of [null, digest('gz'), digest('other gz')]) {
      const files = { 'debian-12': { source: sum('a'), size: 9, served } }
      expect(debianOf({ image: packed, observed, files })).toMatchObject({
        action: 'keep',
        bytes: { to: digest('gz') },
      })
    }
  })

  it('that is to be compressed from now on is uploaded again', () => {
    const packed = image('debian-12', { keys: { 'hv:format': 'qcow2.gz' } })
    const files = { 'debian-12': { source: sum('a'), size: 9, served: null } }
    expect(debianOf({ image: packed, files })).toMatchObject({
      action: 'change',
      version: { to: '0.0.2' },
      bytes: { to: null },
      upload: { compress: 'gz' },
    })
  })

  it('that is hosted elsewhere gets a new version with a new sum, and no upload', () => {
    const before = hostedImage('debian-12', 'a')
    const observed = intact(published(example, [publishedImage(before, 'a')]))
    expect(exampleOf({ image: before, observed, files: {} }).action).toBe('keep')
    expect(debianOf({ image: hostedImage('debian-12', 'b'), observed, files: {} })).toMatchObject({
      version: { from: '0.0.1', to: '0.0.2' },
      upload: null,
    })
    expect(
      debianOf({ image: hostedImage('debian-12', 'a', { 'hv:size': '1200000000' }), observed, files: {} }),
    ).toMatchObject({
      version: { to: '0.0.1' },
      keys: [{ key: 'hv:size', from: 1_200_000_000, to: '1200000000' }],
    })
  })

  it('gets its list’s end where a profile asks for one, and that is no change', () => {
    const served = list('example', { images: ['debian-12'], profiles: ['atrope'] })
    const ends = (date: JsonObject) => intact(published(served, [publishedImage(debian, 'a', date)]))
    expect(exampleOf({ list: served, observed: ends({ 'dc:date:expires': inDays(23) }) }).action).toBe('keep')
    expect(debianOf({ list: served, observed: ends({}) }).keys).toEqual([
      { key: 'dc:date:expires', from: null, to: inDays(28) },
    ])
    const own = image('debian-12', { keys: { 'dc:date:expires': inDays(99) } })
    expect(
      debianOf({ list: served, image: own, observed: ends({ 'dc:date:expires': inDays(23) }) }).keys,
    ).toEqual([{ key: 'dc:date:expires', from: inDays(23), to: inDays(99) }])
  })

  it('that leaves is removed, for the reason given', () => {
    const revoked = new Map([[debian.identifier, { reason: 'CVE-2026-0001 in the kernel', advisory: null }]])
    expect(exampleOf({ list: list('example', { revoked }) })).toMatchObject({
      action: 'change',
      images: [
        { action: 'remove', title: 'debian-12', version: '0.0.1', reason: 'CVE-2026-0001 in the kernel' },
      ],
      guards: [{ kind: 'empty' }],
    })
  })
})

describe('an image on several lists', () => {
  const second = list('second', { images: ['debian-12'] })
  const at = (version: string, content: string, one = example) =>
    intact(published(one, [publishedImage(debian, content, { 'hv:version': version })]))
  const both = desired([example, second], [debian])

  it('rises above the highest of them', () => {
    const lists = { example: at('0.0.3', 'a'), second: at('0.0.7', 'b', second) }
    const result = diff(both, world(lists, { 'debian-12': file('c') }))
    expect(listed(planned(result, 'example'), 'debian-12').version).toEqual({ from: '0.0.3', to: '0.0.8' })
    expect(listed(planned(result, 'second'), 'debian-12').version).toEqual({ from: '0.0.7', to: '0.0.8' })
  })

  it('takes up what another list has published already', () => {
    const lists = { example: at('0.0.3', 'a'), second: at('0.0.4', 'b', second) }
    const result = diff(both, world(lists, { 'debian-12': file('b') }))
    expect(listed(planned(result, 'example'), 'debian-12')).toMatchObject({
      action: 'change',
      version: { from: '0.0.3', to: '0.0.4' },
      upload: null,
    })
    expect(planned(result, 'second').action).toBe('keep')
  })

  it('rises above both when it goes back to earlier bytes', () => {
    const lists = { example: at('0.0.3', 'a'), second: at('0.0.4', 'b', second) }
    const result = diff(both, world(lists, { 'debian-12': file('a') }))
    expect(listed(planned(result, 'second'), 'debian-12').version.to).toBe('0.0.5')
  })

  it('rises where two lists have other bytes under one version', () => {
    const lists = { example: at('0.0.3', 'a'), second: at('0.0.3', 'b', second) }
    const result = diff(both, world(lists, { 'debian-12': file('a') }))
    expect(listed(planned(result, 'example'), 'debian-12').version.to).toBe('0.0.4')
  })

  it('fails its lists if it needs a version while one of them cannot be looked at', () => {
    const lists = { example: at('0.0.3', 'a'), second: failure }
    const result = diff(both, world(lists, { 'debian-12': file('b') }))
    expect(failureOf(result, 'example')).toBe('version-unseen')
    expect(failureOf(result, 'second')).toBe('web-failed')
    expect(planned(diff(both, world(lists, { 'debian-12': file('a') })), 'example').action).toBe('keep')
  })

  it('keeps the version that is seen while another list is broken, if nothing changed', () => {
    const lists = { example: at('0.0.3', 'a'), second: broken() }
    const result = diff(both, world(lists, { 'debian-12': file('a') }))
    expect(planned(result, 'example').action).toBe('keep')
  })

  it('also minds lists that are out of scope', () => {
    const both = desired([example, second], [debian])
    const seen = world(
      { example: at('0.0.3', 'a'), second: at('0.0.7', 'b', second) },
      { 'debian-12': file('c') },
    )
    expect(listed(planned(diff(both, seen, [example]), 'example'), 'debian-12').version.to).toBe('0.0.8')
    const unseen = world({ example: at('0.0.3', 'a'), second: failure }, { 'debian-12': file('c') })
    expect(failureOf(diff(both, unseen, [example]), 'example')).toBe('version-unseen')
  })

  it('believes only a list that we vouch for about what a file was compressed to', () => {
    const packed = image('debian-12', { keys: { 'hv:format': 'qcow2.gz' } })
    const claim = { 'sl:checksum:sha512': sum('evil'), 'vmcast:source:sha512': sum('pinned') }
    const claimed = published(second, [publishedImage(packed, 'evil', claim)])
    const asked = { source: sum('pinned'), size: 5, served: null }
    const bytesAfter = (there: Parameters<typeof intact>[1]) => {
      const lists = { example: absent, second: intact(claimed, there) }
      const result = diff(desired([example, second], [packed]), world(lists, { 'debian-12': asked }))
      return listed(planned(result, 'example'), 'debian-12').bytes.to?.sha512
    }
    expect(bytesAfter({})).toBe(sum('evil'))
    expect(bytesAfter({ untrusted: 'its CA is unknown' })).toBeUndefined()
    expect(bytesAfter({ signer: { ...SIGNER, dn: '/CN=Somebody Else' } })).toBeUndefined()
  })

  it('needs a floor for a new version while one of them is broken', () => {
    const lists = { example: at('0.0.3', 'a'), second: broken() }
    const result = diff(both, world(lists, { 'debian-12': file('b') }))
    expect(failureOf(result, 'example')).toBe('version-lost')
    const floor = desired([example, second], [image('debian-12', { keys: { 'hv:version': '1.0' } })])
    expect(
      listed(planned(diff(floor, world(lists, { 'debian-12': file('b') })), 'example'), 'debian-12').version
        .to,
    ).toBe('1.0')
  })
})

describe('a failure', () => {
  it('to look at a list stops that list alone', () => {
    const other = list('other')
    const result = diff(desired([example, other], [debian]), world({ example: failure, other: absent }))
    expect(failureOf(result, 'example')).toBe('web-failed')
    expect(planned(result, 'other').action).toBe('add')
  })

  it('of a file stops the lists that name its image', () => {
    expect(plan({ files: { 'debian-12': failure } }).lists).toEqual([
      { name: 'example', action: 'failed', failure },
    ])
  })

  it.each<[string, Parameters<typeof plan>[0]]>([
    ['other-list-there', { observed: intact(published(list('other'))) }],
    ['list-from-future', { observed: intact(published(example, [], { 'dc:date:created': inDays(0.1) })) }],
    ['version-without-number', { list: withKeys({ 'hv:version': 'beta' }), observed: absent }],
    ['version-lost', { observed: broken() }],
    // The images' versions are lost with the list's.
    ['version-lost', { observed: broken(), list: withKeys({ 'hv:version': '7.0' }) }],
    [
      'version-lost',
      { observed: intact(published(example, [publishedImage(debian, 'a')], { 'hv:version': 1.1 })) },
    ],
    ['endorser-differs', { list: withKeys({ 'hv:endorser': { 'hv:x509': { 'hv:dn': '/CN=Somebody' } } }) }],
    ['image-unknown', { list: list('example', { images: ['debian-13'] }) }],
  ])('%s', (code, changes) => {
    expect(failureOf(plan(changes), 'example')).toBe(code)
  })

  it('is a list that nobody looked at', () => {
    expect(failureOf(diff(desired([example], [debian]), world({})), 'example')).toBe('list-not-observed')
  })
})

describe('a plan', () => {
  it('names the targets that it uses, and no other', () => {
    const base = desired([example], [debian])
    const targets = [
      targetTo('file:./unused/', { match: 'https://unused.example.org/' }),
      ...base.config.targets,
      targetTo('file:./images/', { match: PREFIX }),
    ]
    const given = { ...base, config: { ...base.config, targets } }
    const files = { 'debian-12': { source: null, size: null, served: null } }
    expect(diff(given, world({ example: absent }, files)).targets.map(({ to }) => to)).toEqual([
      'file:./public/',
      'file:./images/',
    ])
  })
})
