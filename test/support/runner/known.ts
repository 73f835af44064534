import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

/*
 * What this runner knows of workflows and of composite actions. Whatever else they say is refused.
 */

export type Words = Readonly<Record<string, string | number | boolean>>

export interface Step {
  readonly name?: string
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Words
  readonly run?: string
  readonly shell?: 'bash'
  readonly env?: Words
  readonly 'working-directory'?: string
}

export interface Job {
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>
  readonly needs?: string | readonly string[]
  readonly if?: string
  readonly environment?: string
  readonly outputs?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: string }
  readonly steps: readonly Step[]
}

export type Inputs = Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>

export interface Workflow {
  readonly name: string
  readonly on: {
    readonly push?: { readonly branches: readonly string[] }
    readonly pull_request?: null
    readonly schedule?: readonly { readonly cron: string }[]
    readonly workflow_dispatch?: { readonly inputs: Inputs } | null
  }
  readonly concurrency?: {
    readonly group: string
    /** `max`: all wait for their turn. */
    readonly queue?: string
    readonly 'cancel-in-progress': boolean
  }
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Action {
  readonly inputs: Inputs
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly steps: readonly Step[] }
}

const text = { type: 'string' }
const truth = { type: 'boolean' }
const each = (one: object) => ({ type: 'object', additionalProperties: one })
const only = (properties: Record<string, object>, ...required: string[]) => ({
  ...{ type: 'object', additionalProperties: false },
  properties,
  required,
})

const words = each({ type: ['string', 'number', 'boolean'] })
const common = { name: text, id: text, if: text, env: words }
const script = { ...common, run: text, shell: { const: 'bash' }, 'working-directory': text }
/** An action has to name its shell; a job need not. */
const stepWith = (...needed: string[]) => ({
  oneOf: [only({ ...common, uses: text, with: words }, 'uses'), only(script, ...needed)],
})
const inputs = each(only({ description: text, required: truth, default: text }, 'description'))

const job = only(
  {
    'runs-on': { const: 'ubuntu-24.04' },
    'timeout-minutes': { type: 'integer' },
    permissions: each({ enum: ['read', 'write'] }),
    needs: { anyOf: [text, { type: 'array', items: text }] },
    if: text,
    environment: text,
    outputs: each(text),
    strategy: only({ 'fail-fast': { const: false }, matrix: text }, 'fail-fast', 'matrix'),
    steps: { type: 'array', items: stepWith('run') },
  },
  ...['runs-on', 'timeout-minutes', 'permissions', 'steps'],
)

const WORKFLOW = only(
  {
    name: text,
    on: only({
      push: only({ branches: { type: 'array', items: text } }, 'branches'),
      pull_request: { type: 'null' },
      schedule: { type: 'array', items: only({ cron: text }, 'cron') },
      workflow_dispatch: { anyOf: [{ type: 'null' }, only({ inputs }, 'inputs')] },
    }),
    permissions: only({}),
    concurrency: only(
      { group: text, queue: text, 'cancel-in-progress': truth },
      ...['group', 'cancel-in-progress'],
    ),
    jobs: each(job),
  },
  ...['name', 'on', 'permissions', 'jobs'],
)

const ACTION = only(
  {
    ...{ name: text, description: text, author: text },
    branding: only({ icon: text, color: text }),
    inputs,
    outputs: each(only({ description: text, value: text }, 'value')),
    runs: only(
      { using: { const: 'composite' }, steps: { type: 'array', items: stepWith('run', 'shell') } },
      'using',
      'steps',
    ),
  },
  ...['inputs', 'outputs', 'runs'],
)

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })

const isWorkflow = ajv.compile<Workflow>(WORKFLOW)
const isAction = ajv.compile<Action>(ACTION)

export const readWorkflow = (yaml: string, path: string): Workflow => read(isWorkflow, yaml, path)
export const readAction = (yaml: string, path: string): Action => read(isAction, yaml, path)

function read<T>(isKnown: ValidateFunction<T>, yaml: string, path: string): T {
  const value: unknown = parse(yaml)
  if (isKnown(value)) return value
  const faults = (isKnown.errors ?? []).map(
    ({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
  throw new Error(`This runner does not know all that ${path} says:\n${faults.join('\n')}`)
}
