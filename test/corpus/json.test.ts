import fc from 'fast-check'
import { expect, it } from 'vitest'
import { serialize } from '../../src/list/compose.ts'
import { anyList } from '../support/any-list.ts'
import { SEED, importsSoundly } from '../support/corpus.ts'
import { anyMutation } from '../support/mutations.ts'
import { MENDED_SEED, seedContent } from '../support/seed.ts'

const MUTATIONS = 7000

const lists = fc.oneof(fc.constant(seedContent(MENDED_SEED)), anyList.map(serialize))

it('a JSON list, however it was changed, is read or refused, and writes nowhere but to its folders', async () => {
  let read = 0
  await fc.assert(
    fc.asyncProperty(lists, anyMutation, async (list, mutate) => {
      if (await importsSoundly(mutate(list))) read++
    }),
    { seed: SEED, numRuns: MUTATIONS, endOnFailure: true },
  )
  // Neither side of the fence may go untested.
  expect(read).toBeGreaterThan(MUTATIONS / 10)
  expect(read).toBeLessThan((MUTATIONS * 9) / 10)
}, 600_000)
