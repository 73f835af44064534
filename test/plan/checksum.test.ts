import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '../../src/errors.ts'
import type { Observation, SignerName } from '../../src/model.ts'
import { approve, differences } from '../../src/plan/checksum.ts'
import { diff } from '../../src/plan/diff.ts'
import { anyCase } from '../support/any-repository.ts'
import {
  absent,
  desired,
  digest,
  file,
  image,
  inDays,
  intact,
  list,
  NOW,
  planned,
  published,
  publishedImage,
  sum,
  world,
} from '../support/builders.ts'

const debian = image('debian-12')
const example = list('example', { images: ['debian-12'], profiles: ['hepix', 'atrope'] })
const there: Observation = intact(
  published(example, [publishedImage(debian, 'a', { 'dc:date:expires': inDays(23) })]),
)

const plan = ({
  one = example,
  observed = there,
  facts = file('a'),
  given = debian,
  rest = {},
  to = 'file:./public/',
}: {
  one?: typeof example
  observed?: Observation
  facts?: ReturnType<typeof file>
  given?: typeof debian
  rest?: Parameters<typeof world>[2]
  to?: string
} = {}) => {
  const base = desired([one], [given])
  const targets = base.config.targets.map((target) => ({ ...target, to }))
  return diff(
    { ...base, config: { ...base.config, targets } },
    world({ example: observed }, { 'debian-12': facts }, rest),
  )
}
const changed = list('example', {
  images: ['debian-12'],
  profiles: ['hepix', 'atrope'],
  keys: { 'dc:title': 'New' },
})

describe('the checksum', () => {
  it('names its format, and is the same for the same plan', () => {
    expect(plan().checksum).toMatch(/^v1-[0-9a-f]{64}$/)
    expect(plan().checksum).toBe(plan().checksum)
  })

  const later = { now: new Date(NOW.getTime() + 3_600_000) }
  const other = { signer: { dn: '/CN=Other', ca: '/CN=CA', notAfter: new Date(inDays(99)) } }

  it.each([
    ['of a list that stays', {}],
    ['of a change', { one: changed }],
    ['of a first publication', { observed: absent }],
  ])('%s does not depend on the clock, nor on the signer', (_, change) => {
    expect(plan({ ...change, rest: later }).checksum).toBe(plan(change).checksum)
    expect(plan({ ...change, rest: other }).checksum).toBe(plan(change).checksum)
  })

  it('does not depend on a renewal that fell due', () => {
    const due = plan({ rest: { now: new Date(inDays(20)) } })
    expect(planned(due, 'example').action).toBe('renew')
    expect(due.checksum).toBe(plan().checksum)
  })

  it('does not depend on what git says has changed', () => {
    const since = { commit: 'c0'.repeat(20), targets: [], trust: true }
    const marked = plan({ rest: { since } })
    expect(marked.changed).not.toBeNull()
    expect(marked.checksum).toBe(plan().checksum)
    expect(differences(plan(), marked)).toEqual([])
  })

  it('does not depend on whether this machine compressed the file before', () => {
    const packed = image('debian-12', { keys: { 'hv:format': 'qcow2.gz' } })
    const known = plan({ given: packed, facts: { source: sum('b'), size: 9, served: digest('gz') } })
    const unknown = plan({ given: packed, facts: { source: sum('b'), size: null, served: null } })
    expect(planned(known, 'example').images).not.toEqual(planned(unknown, 'example').images)
    expect(known.checksum).toBe(unknown.checksum)
  })

  it.each<[string, Parameters<typeof plan>[0]]>([
    ['an image’s bytes', { facts: file('b') }],
    ['metadata', { one: changed }],
    [
      'an endorser’s address',
      {
        one: list('example', {
          images: ['debian-12'],
          keys: { 'hv:endorser': { 'hv:x509': { 'hv:email': 'other@example.org' } } },
        }),
      },
    ],
    ['a removal', { one: list('example') }],
    ['a version', { one: list('example', { images: ['debian-12'], keys: { 'hv:version': '3.0' } }) }],
    ['a target', { to: 'file:./elsewhere/' }],
    ['the trust', { rest: { trust: ['SHA256:0000'] } }],
    ['a prefix', { given: image('debian-12', { uri: 'https://images.example.org/new/' }) }],
    ['an image’s own end', { given: image('debian-12', { keys: { 'dc:date:expires': inDays(77) } }) }],
    ['a failure', { observed: { state: 'broken', reason: 'x', tag: 't', sha256: '00' } }],
  ])('covers %s', (_, change) => {
    expect(plan(change).checksum).not.toBe(plan().checksum)
    expect(differences(plan(), plan(change))).not.toEqual([])
  })

  it('covers the reason of a removal, and where one can read more', () => {
    const because = (reason: string, advisory: string | null) =>
      plan({ one: list('example', { revoked: new Map([[debian.identifier, { reason, advisory }]]) }) })
    expect(because('a', null).checksum).not.toBe(because('b', null).checksum)
    expect(because('a', null).checksum).not.toBe(because('a', 'https://example.org/').checksum)
  })

  it('covers who must countersign, and whom the repository demands; not which of them signs', () => {
    const [one, two] = [
      { dn: '/CN=One', ca: '/CN=CA' },
      { dn: '/CN=Two', ca: '/CN=CA' },
    ]
    const by = (
      countersigners: readonly SignerName[],
      endorsers: readonly SignerName[] = [],
      signer?: SignerName,
    ) => {
      const base = desired([list('example', { images: ['debian-12'], countersigners })], [debian])
      const config = { ...base.config, trust: { ...base.config.trust, endorsers } }
      const seen = world({ example: absent }, { 'debian-12': file('a') })
      return diff({ ...base, config }, { ...seen, signer: { ...seen.signer, ...signer } }).checksum
    }
    const sums = [
      by([]),
      by([one]),
      by([two]),
      by([one, two]),
      by([], [one]),
      by([], [one, two]),
      by([one], [two]),
    ]
    expect(new Set(sums).size).toBe(sums.length)
    expect(by([], [one, two], one)).toBe(by([], [one, two], two))
    expect(by([two], [one, two], one)).toBe(by([two], [one, two]))
  })

  it('is that of any plan at any hour', () => {
    fc.assert(
      fc.property(
        anyCase,
        fc.integer({ min: 0, max: 40 * 86_400 }),
        ({ desired: given, world: seen }, seconds) => {
          const now = new Date(seen.now.getTime() + seconds * 1000)
          expect(diff(given, { ...seen, now }).checksum).toBe(diff(given, seen).checksum)
        },
      ),
    )
  })
})

describe('approve', () => {
  const code = (act: () => void) => {
    try {
      act()
    } catch (error) {
      return isFault(error, 'plan-differs') ? error.message : error
    }
    return 'approved'
  }

  it('takes a checksum or a plan that fits', () => {
    expect(
      code(() => {
        approve(plan().checksum, plan())
      }),
    ).toBe('approved')
    expect(
      code(() => {
        approve(plan({ one: changed }), plan({ one: changed, rest: { now: new Date(inDays(1)) } }))
      }),
    ).toBe('approved')
  })

  it('refuses another checksum', () => {
    expect(
      code(() => {
        approve('v1-00', plan())
      }),
    ).toBe(`The plan is not the one that was approved:\n  Its checksum is ${plan().checksum}, not v1-00.`)
  })

  it('says where another plan differs', () => {
    expect(
      code(() => {
        approve(plan(), plan({ one: changed }))
      }),
    ).toBe(
      [
        'The plan is not the one that was approved:',
        '  lists / example / action: "keep" was approved, now it is "change"',
        '  lists / example / keys / dc:title: nothing was approved, now it is {"key":"dc:title"}',
        '  lists / example / version: nothing was approved, now it is {"from":"1.0.0","to":"1.0.1"}',
      ]
        .join('\n')
        .replace('{"key":"dc:title"}', '{"from":"example","to":"New"}'),
    )
  })

  it('refuses a plan whose checksum is not its own', () => {
    const forged = { ...plan(), checksum: plan({ one: changed }).checksum }
    expect(differences(forged, plan())).toEqual([
      'The approved plan was altered: its checksum is not that of its content.',
    ])
  })
})
