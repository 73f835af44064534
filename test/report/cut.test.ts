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

test('the last paragraphs stay', () => {
  const [long, last] = ['- a line\n'.repeat(1000), '\nChecksum: `v1-…`\n\n**Plan: 1 to add**\n']
  const cut = cutMarkdown(long + last, 3000, POINTER)
  expect(cut.endsWith(`- a line\n\n${POINTER}\n\n${last}`)).toBe(true)
  expect(cut.length).toBeLessThanOrEqual(3000)
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
        if (cut === text) return
        const [first = '', last = ''] = cut.split(`\n\n${POINTER}\n`)
        expect(`${text}\n`.startsWith(`${first}\n`) || first === '').toBe(true)
        expect(text.endsWith(last)).toBe(true)
      },
    ),
  )
})
