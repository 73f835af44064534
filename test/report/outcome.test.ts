import { expect, test } from 'vitest'
import type { Outcome } from '../../src/model.ts'
import { outcomeText } from '../../src/report/outcome.ts'
import { diff } from '../../src/plan/diff.ts'
import { desired, world } from '../support/builders.ts'

const plan = diff(desired([]), world({}))
const said = { name: 'example', uri: 'https://images.example.org/lists/example.list', expires: '\u001b[2J' }

test.each<Outcome>([
  { ...said, state: 'unchanged', version: '1.0\u001b]0;x\u0007' },
  {
    ...said,
    state: 'published',
    action: 'renew',
    version: { from: null, to: '1.0\u202e' },
    expires: '',
    sha256: '',
    commit: null,
    warnings: [],
  },
])('what a published list said does not act on the terminal: $state', (outcome) => {
  const text = outcomeText({ plan, lists: [outcome] })
  expect(text).toContain('1.0\\u')
  expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
})
