import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutMarkdown } from '../../src/report/cut.ts'

const POINTER = '**More in the summary.**'

test('what fits stays as it is', () => {
  expect(cutMarkdown('a\nb\n', 4, POINTER)).toBe('a\nb\n')
})

test('what does not fit is cut at a line’s end, and says so', () => {
  expect(cutMarkdown('first\nsecond and much longer than that\n', 35, POINTER)).toBe(`first\n\n${POINTER}\n`)
})

test('never more than fits, and nothing but whole lines of the text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 30 }), { maxLength: 30 }),
      fc.integer({ min: 40, max: 400 }),
      (lines, most) => {
        const text = lines.join('\n')
        const cut = cutMarkdown(text, most, POINTER)
        expect(cut.length).toBeLessThanOrEqual(most)
        if (cut !== text) expect(`${text}\n`.startsWith(cut.slice(0, -`\n\n${POINTER}\n`.length))).toBe(true)
      },
    ),
  )
})
