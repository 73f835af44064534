import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { compareVersions, highest, nextVersion, raise } from '../../src/plan/version.ts'

const version = fc.oneof(
  fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
  fc.stringMatching(/^[0-9a-z.,/-]{1,12}$/),
)

describe('compareVersions', () => {
  it.each([
    ['0.0.2', '0.0.1'],
    ['0.0.10', '0.0.9'],
    ['1.10', '1.9'],
    ['1.0.0-rc1', '1.0.0'],
    ['1.0.0', '1.0.0a'],
    ['1.0.0', '1.0.a'],
    ['0.0.2a', '0.0.1a'],
    ['0.0.1b', '0.0.1a'],
    ['2024,02/01', '2024,01/31'],
    ['99999999999999999999.2', '99999999999999999999.1'],
    ['99999999999999999999', '99999999999999999998'],
  ])('ranks %s above %s', (higher, lower) => {
    expect(compareVersions(higher, lower)).toBeGreaterThan(0)
    expect(compareVersions(lower, higher)).toBeLessThan(0)
  })

  it('takes numbers for equal that only differ in leading zeros, whatever follows', () => {
    expect(compareVersions('1.01.7', '1.1.5')).toBe(0)
  })

  it('is antisymmetric, and equal to itself', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0)
        expect(compareVersions(a, a)).toBe(0)
      }),
    )
  })
})

describe('raise', () => {
  it.each([
    ['0.0.9', '0.0.10'],
    ['0.0.1a', '0.0.2a'],
    ['1.0.0-rc1', '1.0.0-rc2'],
    ['007', '8'],
    ['9007199254740993', '9007199254740994'],
    ['v1', 'v2'],
  ])('makes %s %s', (from, to) => {
    expect(raise(from)).toBe(to)
  })

  it('gives nothing where there is no number', () => {
    expect(raise('beta')).toBeNull()
    expect(raise('')).toBeNull()
  })

  it('takes no longer than reading, whoever wrote the version', () => {
    const long = '1'.repeat(1_000_000)
    expect(raise(`${long}x1`)).toBe(`${long}x2`)
  })

  it('always ranks above, for the subscriber', () => {
    fc.assert(
      fc.property(version, (one) => {
        const next = raise(one)
        if (next === null) expect(one).not.toMatch(/\d/)
        else expect(compareVersions(next, one)).toBeGreaterThan(0)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('highest', () => {
  it('is null of none', () => {
    expect(highest([])).toBeNull()
  })

  it('ranks at least as high as every version of plain numbers', () => {
    const plain = fc
      .array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('.'))
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), (versions) => {
        const best = highest(versions) ?? ''
        expect(versions).toContain(best)
        for (const one of versions) expect(compareVersions(best, one)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('nextVersion', () => {
  const next = (versions: string[], floor: string | null, changed: boolean, lost = false) =>
    nextVersion('x', { versions, lost }, floor, changed)

  it.each<[string, string[], string | null, boolean, string]>([
    ['first', [], null, true, '0.0.1'],
    ['first, by a floor', [], '2024.1', true, '2024.1'],
    ['unchanged', ['1.2.3'], null, false, '1.2.3'],
    ['unchanged, in several lists', ['1.2.3', '1.2.10', '1.1'], null, false, '1.2.10'],
    ['changed', ['1.2.3'], null, true, '1.2.4'],
    ['changed, above every list', ['1.2.3', '1.2.10'], null, true, '1.2.11'],
    ['a floor above', ['1.2.3'], '2.0', true, '2.0'],
    ['a floor above, unchanged', ['1.2.3'], '2.0', false, '2.0'],
    ['a floor below', ['1.2.3'], '1.0', true, '1.2.4'],
    ['a floor that is reached', ['1.2.3'], '1.2.3', true, '1.2.4'],
    ['a floor that is reached, unchanged', ['1.2.3'], '1.2.3', false, '1.2.3'],
    ['a floor between', ['1.2.3'], '1.2.3.1', true, '1.2.4'],
    ['no number, and a floor', ['beta'], '1.0', true, '1.0'],
    ['no number, unchanged', ['beta'], null, false, 'beta'],
  ])('%s', (_, versions, floor, changed, expected) => {
    expect(next(versions, floor, changed)).toBe(expected)
  })

  it.each<[string, string, () => string]>([
    ['no number to raise', 'version-without-number', () => next(['beta'], null, true)],
    ['no number, and a floor that is reached', 'version-without-number', () => next(['beta'], 'beta', true)],
    ['no number in a first floor', 'version-without-number', () => next([], 'beta', true)],
    ['a version that was lost', 'version-lost', () => next([], null, true, true)],
    ['versions whose order has a gap', 'version-not-higher', () => next(['1.01.7', '1.1.9'], null, true)],
  ])('refuses %s', (_, code, act) => {
    expect(act).toThrow(expect.toSatisfy((error) => isFault(error, code as 'version-lost')))
  })

  it('never falls, and rises above all when something changed', () => {
    fc.assert(
      fc.property(
        fc.array(version, { maxLength: 4 }),
        fc.option(version),
        fc.boolean(),
        (past, floor, changed) => {
          let given: string
          try {
            given = next(past, floor, changed)
          } catch {
            return
          }
          for (const one of past) {
            if (changed) expect(compareVersions(given, one)).toBeGreaterThan(0)
          }
          const latest = highest(past)
          if (latest !== null) expect(compareVersions(given, latest)).toBeGreaterThanOrEqual(0)
          if (floor !== null) expect(compareVersions(given, floor)).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
