import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  evaluate,
  expand,
  holds,
  isArray,
  known,
  whole,
  type Scope,
  type State,
} from '../support/runner/expression.ts'
import { readWorkflow } from '../support/runner/known.ts'
import { Log } from '../support/runner/log.ts'
import { Queue } from '../support/runner/queue.ts'

/*
 * The mock of GitHub's runner is only worth something as far as it does what GitHub's does, and refuses all else.
 */

const scope = (given: Readonly<Record<string, unknown>> = {}, ...not: State[]): Scope => ({
  contexts: known(given),
  states: { ...{ success: true, failure: false, cancelled: false, always: true }, ...negated(not) },
})
const negated = (states: readonly State[]) =>
  Object.fromEntries(states.map((state) => [state, state !== 'success'])) as Partial<Record<State, boolean>>

describe('expressions', () => {
  const given = { inputs: { checksum: '', none: null, allow: 'remove' }, github: { event_name: 'schedule' } }

  test.each([
    ["inputs.checksum || 'approved'", 'approved'],
    ["inputs.none || (github.event_name == 'schedule' && 'renewals') || 'approved'", 'renewals'],
    ["inputs.none || (github.event_name == 'push' && 'renewals') || 'approved'", 'approved'],
    ["inputs.allow && 'yes' || 'no'", 'yes'],
    ["'it''s' == 'IT''S'", true],
    ["'' == null", true],
    ["'1' == 1", true],
    ["'true' == true", false],
    ["'x' != 'y' && !false", true],
    ['!(inputs.allow)', false],
    ['!inputs.checksum && 1', 1],
    ["fromJSON('[1]') != 1", true],
    ['success() && !cancelled()', true],
  ])('%s', (text, value) => {
    expect(evaluate(text, scope(given))).toBe(value)
  })

  test('give objects where they are all of a text, and text elsewhere', () => {
    const needs = {
      needs: { plan: { outputs: { matrix: '{"include":[{"image":"debian-12"}]}', changed: '' } } },
    }
    const matrix = whole('${{ fromJSON(needs.plan.outputs.matrix) }}', scope(needs))
    const include = typeof matrix === 'function' ? matrix('include') : null
    const first = isArray(include) ? include[0] : null
    expect(typeof first === 'function' && first('image')).toBe('debian-12')
    expect(expand('a ${{ 1 }} b ${{ true }}${{ null }}', scope())).toBe('a 1 b true')
  })

  test.each([
    ['hashFiles(1)', 'hashFiles'],
    ['inputs.typo', 'inputs.typo'],
    ['inputs.allow.more', 'inputs.allow.more'],
    ['runner.os', 'runner'],
    ['inputs.*', 'does not know'],
    ["inputs['allow']", 'does not know'],
    ['1 < 2', 'does not know'],
    ["'open", 'does not know'],
    ['(1', 'cannot read'],
    ['1 2', 'cannot read'],
    ['', 'cannot read'],
    ['inputs', 'no text'],
  ])('that nobody has taught it are refused: %s', (text, why) => {
    expect(() => expand(`\${{ ${text} }}`, scope(given))).toThrow(why)
  })

  test.each([
    [undefined, true, false],
    ["${{ inputs.allow != '' }}", true, false],
    ["inputs.allow != ''", true, false],
    ["${{ !cancelled() && inputs.allow == 'remove' }}", true, true],
    ['always()', true, true],
    ['${{ failure() }}', false, true],
    ["${{ 'success()' }}", true, false],
  ])('as conditions: %s', (condition, well, badly) => {
    expect(holds(condition, scope(given))).toBe(well)
    expect(holds(condition, scope(given, 'success', 'failure'))).toBe(badly)
  })
})

describe('workflows', () => {
  const folder = join(import.meta.dirname, '../../templates/workflows')

  test('of the templates are all known', async () => {
    const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.yml'))
    for (const path of paths)
      expect(readWorkflow(await readFile(join(folder, path), 'utf8'), path).name).not.toBe('')
    expect(paths.length).toBeGreaterThanOrEqual(7)
  })

  test.each([
    ['on:\n  pull_request:', 'on:\n  pull_request_target:'],
    ['permissions: {}', 'permissions: write-all'],
    ['    runs-on: ubuntu-24.04', '    runs-on: ubuntu-24.04\n    container: debian'],
    ['command: plan', 'command: [plan]'],
    ['- uses: vmcast', '- run: echo\n        uses: vmcast'],
  ])('with something else are refused: %s', async (from, to) => {
    const text = await readFile(join(folder, 'vmcast-plan.yml'), 'utf8')
    const changed = text.replace(from, () => to)
    expect(changed).not.toBe(text)
    expect(() => readWorkflow(changed, 'changed.yml')).toThrow('does not know all that changed.yml says')
  })
})

describe('a log', () => {
  test('hides secrets and masks, each line of them', () => {
    const log = new Log(['first\nsecond'])
    log.take('first\nsecond of it\n::add-mask::third%0Afourth\nfourth and third')
    expect(log.text).toBe('***\n*** of it\n*** and ***')
    expect(log.raw).toContain('fourth and third')
  })

  test('knows what is told to the runner', () => {
    const log = new Log([])
    log.take('  ::error file=a%2Cb.yaml,line=3::One%0ATwo %25\n::group::x\nno ::error::here')
    expect(log.told).toEqual([
      { command: 'error', properties: { file: 'a,b.yaml', line: '3' }, message: 'One\nTwo %' },
      { command: 'group', properties: {}, message: 'x' },
    ])
  })

  test.each(['::set-output name=a::b', '::stop-commands::x', 'A title ##[add-mask]x', '##[error]x'])(
    'refuses what nobody is to tell the runner: %s',
    (line) => {
      expect(() => {
        new Log([]).take(line)
      }).toThrow('command')
    },
  )
})

test.each([
  ['newest', ['second dropped', 'first', 'third']],
  ['all', ['first', 'second', 'third']],
] as const)('of a group one goes on; of those that wait, %s get their turn', async (wait, expected) => {
  const queue = new Queue()
  const done: string[] = []
  const go = async (name: string) => {
    if (!(await queue.enter('group', wait))) return done.push(`${name} dropped`)
    await new Promise((resolve) => setImmediate(resolve))
    done.push(name)
    queue.leave('group')
  }
  await Promise.all([go('first'), go('second'), go('third')])
  expect(queue.isBusy('group')).toBe(false)
  expect(done).toEqual(expected)
})
