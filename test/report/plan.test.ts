import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { World } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import { toJson } from '../../src/report/json.ts'
import { planMarkdown } from '../../src/report/markdown.ts'
import { planText } from '../../src/report/text.ts'
import { anyCase } from '../support/any-repository.ts'
import { absent, broken, desired, list, world } from '../support/builders.ts'
import { samplePlan } from '../support/sample-plan.ts'
import { targetTo } from '../support/targets.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../schema/plan.schema.json', import.meta.url), 'utf8'),
) as object
const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
}).compile(schema)

/** `npx vitest run test/report --update` writes the golden files anew. */
const golden = (name: string) => `../golden/${name}`

/** What acts on a terminal or hides from a reader; a line's end is none of it. */
const ACTING = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

describe('a plan', () => {
  it('reads so as text', async () => {
    await expect(planText(samplePlan(), { colour: false })).toMatchFileSnapshot(golden('plan.txt'))
  })

  it('reads so as Markdown', async () => {
    await expect(planMarkdown(samplePlan())).toMatchFileSnapshot(golden('plan.md'))
  })

  it('reads so as JSON', async () => {
    await expect(toJson(samplePlan())).toMatchFileSnapshot(golden('plan.json'))
  })

  it('says the same in colour', () => {
    const coloured = planText(samplePlan(), { colour: true })
    expect(coloured).toContain('\u001b[32m+\u001b[39m')
    expect(stripVTControlCharacters(coloured)).toBe(planText(samplePlan(), { colour: false }))
  })

  it('that does nothing ends with the summary, and has no legend', () => {
    const text = planText(diff(desired([]), world({})), { colour: false })
    expect(text).toMatch(/\nPlan: 0 to add, 0 to change, 0 to remove, 0 to renew; nothing to upload\.\n$/)
    expect(text).not.toMatch(/^[+~↻-] /m)
  })

  it('marks nothing where nothing changed, or nobody knows', () => {
    const given = desired([list('one')])
    const { targets } = given.config
    const shown = (since: World['since']) => {
      const plan = diff(given, world({ one: absent }, {}, { since }))
      return [planText(plan, { colour: false }), planMarkdown(plan)]
    }
    expect(shown(null).join()).not.toContain('changed since')
    expect(shown({ commit: 'c0'.repeat(20), targets, trust: false })).toEqual(shown(null))
    expect(shown({ commit: 'c0'.repeat(20), targets, trust: null })).toEqual(shown(null))
  })

  it('is JSON that can be read again', () => {
    expect(JSON.parse(toJson(samplePlan()))).toEqual(JSON.parse(JSON.stringify(samplePlan())))
  })

  it('fits its schema, whatever the plan', () => {
    const fits = (plan: unknown) => {
      expect(validate(JSON.parse(JSON.stringify(plan))), JSON.stringify(validate.errors)).toBe(true)
    }
    fits(samplePlan())
    fc.assert(
      fc.property(anyCase, ({ desired: given, world: seen }) => {
        fits(diff(given, seen))
      }),
    )
  })

  it('shows nothing that acts on a terminal or a CI job', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, reason) => {
        const one = list('one', { keys: { 'dc:title': title, 'hv:version': title } })
        const two = list('two', { keys: { 'dc:title': `::${title}`, 'hv:version': '1' } })
        const plan = diff(
          desired([one, two], [], { dirty: [title] }),
          world(
            { one: absent, two: broken(`${reason}\r\n::error::x`) },
            {},
            {
              since: { commit: 'c0ffee', targets: [targetTo(reason, { match: title })], trust: true },
            },
          ),
        )
        for (const text of [planText(plan, { colour: false }), planMarkdown(plan), toJson(plan)]) {
          expect(text).not.toMatch(ACTING)
          expect(text).not.toMatch(/^\s*::/m)
          expect(text).not.toContain('##[')
        }
      }),
      { numRuns: 500 },
    )
  })
})
