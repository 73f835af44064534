import { expect, test } from 'vitest'
import { diff } from '../../src/plan/diff.ts'
import { reportMarkdown } from '../../src/report/published.ts'
import { desired, world } from '../support/builders.ts'

const plan = diff(desired([]), world({}))
const uri = (name: string) => `https://images.example.org/lists/${name}.list`

test('what was published, what stayed, and what stopped stand in a table and below it', () => {
  const text = reportMarkdown({
    plan,
    lists: [
      {
        ...{ name: 'new|est', state: 'published', action: 'change', uri: uri('a|b'), commit: null },
        ...{ version: { from: '1.0', to: '1.1' }, expires: '2027-01-01T00:00:00Z', sha256: 'ab'.repeat(32) },
        warnings: ['its history *could not* be written'],
      },
      {
        name: 'same',
        state: 'unchanged',
        uri: uri('same'),
        version: '0.0.1',
        expires: '2027-01-01T00:00:00Z',
      },
      {
        ...{ name: 'held', state: 'refused' },
        failure: {
          state: 'failed',
          code: 'guard-refused',
          message: 'An image\n@everyone leaves.',
          remedy: 'Say why.',
        },
      },
    ],
  })
  expect(text).toBe(
    [
      '| list | version | until | |',
      '| --- | --- | --- | --- |',
      `| new\\|est<br>\`${uri('a\\|b')}\` | \`1.0\` → \`1.1\` | \`2027-01-01T00:00:00Z\` | published and verified<br>sha256 \`${'ab'.repeat(32)}\` |`,
      `| same<br>\`${uri('same')}\` | \`0.0.1\` | \`2027-01-01T00:00:00Z\` | as it should be |`,
      '',
      '- **Warning**, new\\|est: its history \\*could not\\* be written',
      '- **held: refused.** An image<br>@<!-- -->everyone leaves.<br>Say why.',
      '',
    ].join('\n'),
  )
})
