import { expect, test } from 'vitest'
import { readInputs } from '../../src/action/inputs.ts'

test('a command alone has sensible inputs', () => {
  expect(readInputs({ INPUT_COMMAND: 'plan', INPUT_LIST: '', INPUT_COMMENT: '' })).toEqual({
    command: 'plan',
    repo: '.',
    lists: [],
    allow: [],
    expect: null,
    comment: true,
  })
})

test('names are separated by commas or lines, and may hold spaces', () => {
  const { lists, allow } = readInputs({
    INPUT_COMMAND: 'reconcile',
    INPUT_LIST: 'one, my list\n\n two ',
    INPUT_ALLOW: 'remove,adopt',
  })
  expect(lists).toEqual(['one', 'my list', 'two'])
  expect(allow).toEqual(['remove', 'adopt'])
})

test('a step is given what it needs', () => {
  const given = {
    INPUT_COMMAND: 'upload',
    INPUT_PLAN: 'plan.json',
    INPUT_RECEIPTS: 'receipts',
    INPUT_IMAGE: 'a,b',
  }
  expect(readInputs(given)).toMatchObject({ plan: 'plan.json', receipts: 'receipts', images: ['a', 'b'] })
})

test.each([
  [{}, 'input-unknown', 'command'],
  [{ INPUT_COMMAND: 'destroy' }, 'input-unknown', 'destroy'],
  [{ INPUT_COMMAND: 'plan', INPUT_COMMENT: 'maybe' }, 'input-unknown', 'maybe'],
  [{ INPUT_COMMAND: 'reconcile', INPUT_EXPECT: ' ' }, 'input-unknown', 'expect'],
  [{ INPUT_COMMAND: 'reconcile', INPUT_EXPECT: 'renewal' }, 'input-unknown', 'renewal'],
  [{ INPUT_COMMAND: 'publish', INPUT_EXPECT: 'approved', INPUT_RELEASE: 'release' }, 'input-unfit', 'expect'],
  [{ INPUT_COMMAND: 'upload', INPUT_PLAN: 'plan.json' }, 'input-missing', 'receipts'],
  [{ INPUT_COMMAND: 'render', INPUT_RELEASE: 'release' }, 'input-missing', 'plan'],
  [{ INPUT_COMMAND: 'sign', INPUT_RELEASE: '  ' }, 'input-missing', 'release'],
] as const)('%j is refused: %s', (env, code, named) => {
  expect(() => readInputs(env)).toThrow(expect.objectContaining({ code }))
  expect(() => readInputs(env)).toThrow(named)
})
