import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { setEntry } from '../../src/desired/edit.ts'
import { readYaml } from '../../src/desired/yaml.ts'

const pin = (text: string) => setEntry(text, 'file', 'sha512', 'abcd')

describe('one entry is set, and nothing else changes', () => {
  test.each([
    ['a new one', 'a: b\nfile:\n  path: x\n', 'a: b\nfile:\n  path: x\n  sha512: abcd\n'],
    ['the old one', 'file:\n  sha512: 1234 # pin\n  path: x\n', 'file:\n  sha512: abcd # pin\n  path: x\n'],
    [
      'the old one, quoted',
      "file: # f\n  sha512: '12'\n  path: x\n",
      'file: # f\n  sha512: abcd\n  path: x\n',
    ],
    [
      'a comment behind and below the last one',
      'file:\n    path: "x" # here\n    # more\n# below\nb: c\n',
      'file:\n    path: "x" # here\n    sha512: abcd\n    # more\n# below\nb: c\n',
    ],
    ['no line end at the end', 'file:\n  path: x', 'file:\n  path: x\n  sha512: abcd'],
    [
      'line ends of Windows',
      'file:\r\n  path: x\r\nb: c\r\n',
      'file:\r\n  path: x\r\n  sha512: abcd\r\nb: c\r\n',
    ],
    ['in braces', 'file: { path: x } # f\n', 'file: { path: x, sha512: abcd } # f\n'],
    ['in braces on lines', 'file: {\n  path: x\n}\n', 'file: {\n  path: x, sha512: abcd\n}\n'],
    ['an empty one', 'file:\n  path: x\n  sha512: ""\n', 'file:\n  path: x\n  sha512: abcd\n'],
  ])('%s', (_what, before, after) => {
    expect(pin(before)).toBe(after)
  })

  test.each([
    ['there is no such mapping', 'a: b\n'],
    ['it is no mapping', 'file: x\n'],
    ['it is an alias of another', 'x:y: &f\n  path: x\nfile: *f\n'],
    ['it is empty', 'file: {}\n'],
    ['the text is broken', 'file:\n  path: [\n'],
    ['the old value is a mapping', 'file:\n  sha512: {a: b}\n'],
  ])('refused where %s', (_what, text) => {
    expect(() => pin(text)).toThrow(expect.objectContaining({ code: 'yaml-not-editable' }))
  })

  test('a value that YAML would not take for this text is refused', () => {
    for (const value of ['1234', 'a: b', 'a #b', 'null', 'a\nb: c'])
      expect(() => setEntry('file:\n  path: x\n', 'file', 'sha512', value)).toThrow()
  })

  test('whatever stands around it: the values are the old ones and the new entry', () => {
    const comment = fc.constantFrom('', ' # why', '\n# a line', '\n\n', '\n  # further in')
    const others = fc.constantFrom(
      '',
      'a: b\n',
      'a:\n  - x\n  - y\n',
      "'q r': |\n  text\n  more\n",
      'z: >-\n  a\n  b\n',
    )
    const entries = fc.shuffledSubarray(
      [
        'path: ../x',
        'sha512: 1234abcd',
        'size: 12',
        'note: "a # b"',
        'more: |\n    block\n    text',
        'list: [a, b]',
      ],
      { minLength: 1 },
    )
    fc.assert(
      fc.property(others, comment, entries, comment, others, (before, first, inside, last, after) => {
        const text = `${before}file:${first}\n${inside.map((entry) => `  ${entry}`).join(`${last}\n`)}\n${after && `# then\n${after.replace('a:', 'b:').replace("'q", "'p").replace('z:', 'y:')}`}`
        const old = readYaml(text).value
        fc.pre(old !== undefined)
        let edited: string
        try {
          edited = pin(text)
        } catch {
          return
        }
        expect(readYaml(edited).value).toEqual({
          ...(old as object),
          file: { ...(old as { file: object }).file, sha512: 'abcd' },
        })
        const comments = (yaml: string) => yaml.match(/# [a-z ]+/g) ?? []
        expect(comments(edited)).toEqual(comments(text))
      }),
    )
  })
})
