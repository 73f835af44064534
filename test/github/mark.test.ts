import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOurs, markLine, readMark } from '../../src/github/mark.ts'

const BOT = { login: 'github-actions[bot]', type: 'Bot' }
const data = fc.dictionary(
  fc.string({ unit: 'binary' }),
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('-->', '--!>', '<!--', '\n', '\r\n', '\u2028')),
)
const marker = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('vmcast plan .', 'a -->', 'a\nb'))

describe('the first line', () => {
  test('reads as it is meant to', () => {
    const line = markLine('vmcast plan .', { checksum: 'v1-00ff', head: 'abc' })
    expect(line).toBe('<!-- vmcast plan . {"checksum":"v1-00ff","head":"abc"} -->')
    expect(readMark('vmcast plan .', `${line}\nThe plan`)).toEqual({ checksum: 'v1-00ff', head: 'abc' })
    expect(readMark('vmcast plan .', line)).toEqual({ checksum: 'v1-00ff', head: 'abc' })
    expect(readMark('vmcast plan .', `${line}\r\nThe plan`)).toEqual({ checksum: 'v1-00ff', head: 'abc' })
  })

  test('gives back whatever it is given, and ends where it should', () => {
    fc.assert(
      fc.property(marker, data, (word, given) => {
        const line = markLine(word, given)
        expect(line).not.toMatch(/[\n\r]/)
        expect(line.indexOf('>')).toBe(line.length - 1)
        expect(line.indexOf('<', 1)).toBe(-1)
        expect(readMark(word, `${line}\nmore`)).toEqual(JSON.parse(JSON.stringify(given)))
      }),
    )
  })

  test('belongs to one marker only', () => {
    fc.assert(
      fc.property(marker, marker, data, (one, other, given) => {
        fc.pre(one !== other)
        expect(readMark(other, markLine(one, given))).toBeNull()
      }),
    )
  })

  test('is read in no other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readMark('vmcast plan .', text)).toBeNull()
      }),
    )
  })
})

test('what has no author, or no text, is not ours', () => {
  const body = markLine('vmcast plan .', {})
  expect(isOurs({ user: BOT, body }, 'vmcast plan .')).toBe(true)
  expect(isOurs({ user: null, body }, 'vmcast plan .')).toBe(false)
  expect(isOurs({ body }, 'vmcast plan .')).toBe(false)
  expect(isOurs({ user: BOT, body: null }, 'vmcast plan .')).toBe(false)
  expect(isOurs({ user: BOT }, 'vmcast plan .')).toBe(false)
})
