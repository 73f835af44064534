import { describe, expect, test } from 'vitest'
import type { KnownVersion, Observation } from '../../src/model.ts'
import { checksum } from '../../src/plan/checksum.ts'
import { diff } from '../../src/plan/diff.ts'
import { absent, desired, failureOf, intact, list, planned, published, world } from '../support/builders.ts'

const one = list('one')

const planWith = (observed: Observation, known: KnownVersion | null, floor?: string) =>
  diff(
    desired([floor === undefined ? one : list('one', { keys: { 'hv:version': floor } })]),
    world({ one: observed }, {}, { highest: new Map(known ? [['one', known]] : []) }),
  )

const there = (version: string) => intact(published(one, [], { 'hv:version': version }))

describe('a list that somebody put back', () => {
  test.each([
    [
      'history',
      'its history proves that version 1.0.5 was published, but the older version 1.0.2 is out there',
    ],
    ['tag', 'a tag of this repository says that version 1.0.5 was published'],
  ] as const)('is replaced above the highest version that a %s knows', (by, said) => {
    const known = { version: '1.0.5', by }
    const plan = planned(planWith(there('1.0.2'), known), 'one')
    expect(plan).toMatchObject({
      action: 'change',
      rolledBack: known,
      version: { from: '1.0.2', to: '1.0.6' },
    })
    expect(plan.warnings.join()).toContain(`rolled-back: ${said}`)
  })

  test('is no first publication where it was taken away', () => {
    const plan = planned(planWith(absent, { version: '1.0.5', by: 'history' }), 'one')
    expect(plan).toMatchObject({ action: 'add', version: { from: null, to: '1.0.6' } })
    expect(plan.warnings.join()).toContain('rolled-back')
  })

  test.each(['1.0.5', '1.0.4', '1.0'])(
    'is none where version %s is known, and 1.0.5 is out there',
    (version) => {
      const plan = planned(planWith(there('1.0.5'), { version, by: 'tag' }), 'one')
      expect(plan).toMatchObject({ action: 'keep', rolledBack: null, version: { to: '1.0.5' }, warnings: [] })
    },
  )

  test('is part of what is approved', () => {
    const plan = planWith(there('1.0.2'), { version: '1.0.5', by: 'tag' })
    const lists = plan.lists.map((each) => ({ ...each, rolledBack: null }))
    expect(checksum({ ...plan, lists })).not.toBe(plan.checksum)
  })
})

describe('a version that no publications can have led to', () => {
  test.each([
    ['1.0.2', '1.0.10003'],
    ['1.0.2', '10002.0'],
    ['1.0.2', '1.0.2.99999'],
    ['1.0.2', `1.0.${'9'.repeat(200)}`],
    ['1.0.2', '1.1/old'],
    ['1.0.2', '1.0.3-rc1'],
    [null, '10001.0.1'],
    [null, '20261122'],
  ])('stops the list: %j is out there, and a tag says %s', (from, version) => {
    const known = { version, by: 'tag' } as const
    const observed = from === null ? absent : there(from)
    const plan = planWith(observed, known)
    expect(failureOf(plan, 'one')).toBe('version-leap')
    expect(JSON.stringify(plan.lists)).toContain(`delete the tag published/one/${version}`)
    // Somebody says in YAML that it is meant.
    expect(planned(planWith(observed, known, version), 'one').rolledBack).toEqual(known)
    expect(failureOf(planWith(observed, { version, by: 'history' }), 'one')).toBe('version-leap')
  })

  test.each([
    ['1.0.2', '1.0.10002'],
    ['1.0.2', '2.0'],
    ['1.9.9', '2.0.0.1'],
    ['2.5-rc7', '2.5-rc9'],
    [null, '3.0.17'],
  ])('is none where %j is out there, and %s was', (from, version) => {
    const plan = planWith(from === null ? absent : there(from), { version, by: 'tag' })
    expect(planned(plan, 'one').rolledBack?.version).toBe(version)
  })

  test('is none near the version that YAML asks for at least', () => {
    const plan = planWith(there('1.0.2'), { version: '20261122.4', by: 'tag' }, '20261122.1')
    expect(planned(plan, 'one').version.to).toBe('20261122.5')
  })
})
