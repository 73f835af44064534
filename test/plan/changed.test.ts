import { describe, expect, it } from 'vitest'
import type { TargetConfig, World } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import { absent, desired, list, world } from '../support/builders.ts'
import { targetTo } from '../support/targets.ts'

const one: TargetConfig = targetTo('file:./public/')
const unused: TargetConfig = targetTo('file:./unused/', { match: 'https://unused.example.org/' })

const changed = (since: World['since'], targets: readonly TargetConfig[] = [one, unused]) => {
  const base = desired([list('example')])
  const given = { ...base, config: { ...base.config, targets } }
  return diff(given, world({ example: absent }, {}, { since })).changed
}
const since = (targets: readonly TargetConfig[], trust: boolean | null = false) => ({
  commit: 'c0ffee',
  targets,
  trust,
})

describe('what changed since the last publication', () => {
  it('is not known where git does not tell', () => {
    expect(changed(null)).toBeNull()
  })

  it('is nothing where all is as it was, in whatever order', () => {
    const nothing = { commit: 'c0ffee', targets: [], gone: [], trust: false }
    expect(changed(since([unused, one]))).toEqual(nothing)
  })

  it.each<[string, TargetConfig]>([
    ['another folder', { ...one, to: 'file:./elsewhere/' }],
    ['another reach', { ...one, public: false }],
    ['another address', { ...one, match: 'https://images.example.org/lists/' }],
  ])('is a target with %s, and the one that it was', (_, then) => {
    expect(changed(since([then, unused]))).toMatchObject({ targets: [one.match], gone: [then] })
  })

  it('is a target that is new, if the plan uses it', () => {
    expect(changed(since([unused]))).toMatchObject({ targets: [one.match], gone: [] })
    expect(changed(since([one]))).toMatchObject({ targets: [], gone: [] })
  })

  it('is a target that is gone, whether or not the plan would use it', () => {
    expect(changed(since([one, unused]), [one])).toMatchObject({ targets: [], gone: [unused] })
  })

  it.each([true, false, null])('takes over what is known of the trust: %s', (trust) => {
    expect(changed(since([one, unused], trust))).toMatchObject({ trust })
  })
})
