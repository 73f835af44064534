import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { readPlain } from '../../src/desired/plain.ts'
import { locate, readYaml } from '../../src/desired/yaml.ts'
import { GOOD } from '../support/content.ts'

/** What the library alone makes of a text; undefined if it finds anything odd in it. */
function libraryValue(text: string): unknown {
  const document = parseDocument(text, { schema: 'core', stringKeys: true })
  return document.errors.length + document.warnings.length > 0 ? undefined : (document.toJS() as unknown)
}

describe('plain texts', () => {
  test('the form that content files usually have is read without the whole parser', () => {
    const text = GOOD['images/debian-12.yaml'] ?? ''
    expect(readPlain(text)).toMatchObject({
      'sl:osversion': '12',
      file: { path: '../build/debian-12.qcow2' },
    })
    expect(readPlain(text)).toEqual(libraryValue(text))
  })

  const word = fc.constantFrom(
    ...[
      'a',
      'dc:title',
      'x',
      'null',
      'true',
      'No',
      '12',
      '1.10',
      '1e5',
      '0x1f',
      '.5',
      '-',
      '- a',
      '? b',
      '~',
    ],
    ...[
      '"q"',
      "'s'",
      '"a\\n"',
      "'it''s'",
      '|',
      '>',
      '#',
      ' # c',
      '#no',
      'a #b',
      'a#b',
      'a:b',
      'a: b',
      'a :b',
    ],
    ...[
      '[a]',
      '{a: b}',
      '&a x',
      '*a',
      '!!str 1',
      '<<',
      '__proto__',
      'https://e.org/x',
      '../y',
      '8b4c',
      '%',
      '@',
    ],
    ...[
      '---',
      '...',
      '\t',
      ' ',
      '',
      'ü',
      '\u00a0',
      '\u2028',
      '\ufeff',
      ',',
      ']',
      '1_0',
      '12:30',
      '2026-01-31',
    ],
  )
  const line = fc
    .tuple(
      fc.nat(4),
      word,
      fc.constantFrom(':', ': ', ':  ', ' ', ''),
      word,
      fc.constantFrom('', ' ', ' # c', ' b'),
    )
    .map(([indent, key, between, value, end]) => ' '.repeat(indent) + key + between + value + end)
  const soup = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'))
  const simple = fc.constantFrom('x', 'a b', '"12"', '../y', 'https://e.org/x', '8b4c')
  const tame = fc
    .array(
      fc.tuple(
        fc.constantFrom(0, 0, 0, 2, 2, 4),
        fc.oneof(
          { weight: 6, arbitrary: simple },
          { weight: 2, arbitrary: fc.constant('') },
          { weight: 1, arbitrary: word },
        ),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((lines) => lines.map(([indent, value], at) => `${' '.repeat(indent)}a:k${at}: ${value}`).join('\n'))

  test.each([
    ['any lines', soup],
    ['lines of keys and values', tame],
  ])('where they give values, the library gives the same: %s', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const value = readPlain(text)
        if (value !== null) expect(value).toEqual(libraryValue(text))
      }),
      { numRuns: 20_000 },
    )
  })

  test('a good part of the tame texts is read so', () => {
    const read = fc.sample(tame, 2000).filter((text) => readPlain(text) !== null)
    expect(read.length).toBeGreaterThan(100)
  })
})

describe('values', () => {
  const key = fc.stringMatching(/^[a-z]{1,5}(:[a-z]{1,5})?$/)
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }).filter((text) => !/[^\P{Cc}\t\n]/u.test(text)),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }))

  test('whatever JSON value is written as YAML is read as the same', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { minKeys: 1 }), (values) => {
        const reading = readYaml(stringify(values))
        expect(reading).toEqual({ value: JSON.parse(JSON.stringify(values)) as unknown, problems: [] })
      }),
    )
  })

  test('no text makes the reader throw', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...Array.from('ab:-?&*!|>[]{},#"\'\\\n\t %@`<=~0.1')),
          maxLength: 60,
        }),
        (text) => {
          const { problems, value: read } = readYaml(text)
          expect(read !== undefined || problems.length > 0).toBe(true)
          for (const { message, remedy } of problems) expect([message, remedy]).not.toContain('')
        },
      ),
      { numRuns: 20_000 },
    )
  })

  test.each(['%YAML 1.1\n---\na: yes\nb: 2001-01-01\n', 'a: yes\nb: 2001-01-01\n'])(
    'the core schema holds whatever the file says: %j',
    (text) => {
      expect(readYaml(text).value).toEqual({ a: 'yes', b: '2001-01-01' })
    },
  )
})

describe('places', () => {
  const text = `# first
a: one
b:
  - x
  - y: [1, 2]
c: &anchor {d: e}
f: *anchor
`
  test.each([
    [[], 'value', 1, 1],
    [['a'], 'value', 2, 4],
    [['a'], 'key', 2, 1],
    [['b', 1, 'y', 1], 'value', 5, 12],
    [['b', 1, 'y'], 'key', 5, 5],
    [['c', 'd'], 'value', 6, 16],
    [['f', 'd'], 'value', 6, 16],
    [['f'], 'value', 7, 4],
    [['b', 7], 'value', 4, 3],
    [['nothing', 'here'], 'value', 2, 1],
  ] as const)('%j, %s', (path, at, line, column) => {
    expect(locate(text, path, at)).toEqual({ line, column })
  })
})
