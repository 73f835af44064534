import { describe, expect, test } from 'vitest'
import type { KnownVersion, Observation } from '../../src/model.ts'
import { checksum } from '../../src/plan/checksum.ts'
import { diff } from '../../src/plan/diff.ts'
import { absent, desired, intact, list, planned, published, world } from '../support/builders.ts'

const one = list('one')

const planWith = (observed: Observation, known: KnownVersion | null) =>
  diff(desired([one]), world({ one: observed }, {}, { highest: new Map(known ? [['one', known]] : []) }))

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
