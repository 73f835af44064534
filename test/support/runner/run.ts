import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import type { Place } from './built-in.ts'
import { githubContext, variables, type Event, type Site } from './event.ts'
import { expand, holds, isArray, known, valueOf, whole, type Lookup, type Scope } from './expression.ts'
import type { Job, Workflow } from './known.ts'
import { Log } from './log.ts'
import { Machine } from './machine.ts'
import { inputsOf, runSteps, type Frame } from './steps.ts'

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped'

/** One job of a matrix, or one without. */
export interface JobRun {
  readonly result: Result
  readonly log: Log
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
}

export interface Run {
  readonly id: number
  readonly path: string
  readonly event: Event
  readonly result: Result
  /** By their names in the workflow; several of a matrix. */
  readonly jobs: ReadonlyMap<string, readonly JobRun[]>
  /** Everything that lay on its machines. */
  readonly folder: string
  readonly artifacts: string
}

export interface Environment {
  /** The branches whose runs may use it. */
  readonly branches: readonly string[]
  readonly secrets: Readonly<Record<string, string>>
}

/** Where workflows run. */
export interface Ground {
  readonly site: Site
  /** The bare repository. */
  readonly repository: string
  readonly environments: ReadonlyMap<string, Environment>
  readonly actions: ReadonlyMap<string, string>
  readonly node: string
  /** A token with these permissions and no others. */
  readonly token: (permissions: Job['permissions']) => string
}

export interface Order {
  readonly id: number
  readonly path: string
  readonly workflow: Workflow
  readonly event: Event
  readonly folder: string
}

const SIDE_BY_SIDE = 2

/** The group in which only one run goes on at a time; null: it may run beside any. */
export function groupOf({ workflow, event, id }: Order, { site }: Ground): string | null {
  if (!workflow.concurrency) return null
  const github = githubContext({ event, site, id, token: '' })
  return expand(workflow.concurrency.group, { contexts: known({ github }), states: BEGUN })
}

const BEGUN: Scope['states'] = { success: true, failure: false, cancelled: false, always: true }

/** Runs all jobs of a workflow, each after those that it needs. */
export async function runWorkflow(order: Order, ground: Ground): Promise<Run> {
  const { id, path, workflow, event, folder } = order
  const artifacts = join(folder, 'artifacts')
  await mkdir(artifacts, { recursive: true })
  const jobs = new Map<string, readonly JobRun[]>()
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const needs = [job.needs ?? []].flat()
    const late = needs.find((need) => !jobs.has(need))
    if (late !== undefined) throw new Error(`This runner wants ${late} to stand before ${name}`)
    jobs.set(
      name,
      await runJob(name, job, new Map(needs.map((need) => [need, jobs.get(need) ?? []])), order, ground),
    )
  }
  const results = [...jobs.values()].map(resultOf)
  const result = results.includes('failure') ? 'failure' : 'success'
  return { id, path, event, result, jobs, folder, artifacts }
}

/** Of all jobs of a matrix together. */
function resultOf(jobs: readonly JobRun[]): Result {
  const results = jobs.map(({ result }) => result)
  return results.find((result) => result !== 'success') ?? 'success'
}

type Needed = ReadonlyMap<string, readonly JobRun[]>

async function runJob(
  name: string,
  job: Job,
  needed: Needed,
  order: Order,
  ground: Ground,
): Promise<readonly JobRun[]> {
  const { event, workflow, id } = order
  const permissions = event.fork ? readOnly(job.permissions) : job.permissions
  const facts = { event, site: ground.site, id, token: ground.token(permissions) }
  const contexts = {
    github: githubContext(facts),
    needs: needsContext(needed),
    inputs: inputsContext(workflow, event),
  }
  const scope = { contexts: known(contexts), states: statesAfter(needed) }
  if (!holds(job.if, scope)) return [skipped(job)]
  const limit = pLimit(SIDE_BY_SIDE)
  const runs = variantsOf(job, scope).map((matrix, index) =>
    limit(async () => {
      const folder = join(order.folder, `${name}-${index}`)
      await mkdir(folder, { recursive: true })
      const payload = join(folder, 'event.json')
      await writeFile(payload, JSON.stringify(event.payload))
      const secrets = secretsOf(job, event, ground)
      const log = new Log([facts.token, ...Object.values(secrets)])
      const machine = await Machine.start(folder, log, variables(facts, payload))
      const frame: Frame = {
        place: {
          ...{ machine, event, repository: ground.repository, node: ground.node },
          mayRead: permissions['contents'] !== undefined,
          origin: `${ground.site.server}/${ground.site.name}`,
          artifacts: join(order.folder, 'artifacts'),
        } satisfies Place,
        contexts: {
          ...contexts,
          matrix,
          secrets: (secret) => (secret.startsWith('GITHUB_') ? undefined : (secrets[secret] ?? '')),
          strategy: known({ 'job-index': index }),
        },
        env: {},
        actions: ground.actions,
      }
      return await runOn(machine, job, frame)
    }),
  )
  return await Promise.all(runs)
}

async function runOn(machine: Machine, job: Job, frame: Frame): Promise<JobRun> {
  const { ok, scope } = await runSteps(job.steps, frame)
  const { log } = machine
  const outputs = Object.entries(job.outputs ?? {}).map(([name, text]) => {
    const value = expand(text, scope)
    // GitHub hands on no output in which it finds a secret.
    return [name, log.masked(value) === value ? value : '']
  })
  return {
    result: ok ? 'success' : 'failure',
    log,
    summary: machine.summary,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  }
}

const skipped = ({ outputs = {} }: Job): JobRun => ({
  ...{ result: 'skipped', log: new Log([]), summary: '' },
  outputs: Object.fromEntries(Object.keys(outputs).map((name) => [name, ''])),
})

/** One lookup for each job of the matrix. */
function variantsOf({ strategy }: Job, scope: Scope): Lookup[] {
  if (!strategy) return [known({})]
  const matrix = whole(strategy.matrix, scope)
  const include = typeof matrix === 'function' ? matrix('include') : undefined
  if (!isArray(include) || include.length === 0 || include.length > 256)
    throw new Error('This runner wants a matrix with 1 to 256 jobs under `include`')
  return include.map((one) => {
    if (typeof one !== 'function') throw new Error('A job of a matrix is an object')
    return one
  })
}

const readOnly = (permissions: Job['permissions']): Job['permissions'] =>
  Object.fromEntries(Object.keys(permissions).map((name) => [name, 'read'] as const))

function secretsOf({ environment }: Job, event: Event, { environments }: Ground): Environment['secrets'] {
  if (environment === undefined) return {}
  const found = environments.get(environment)
  if (!found?.branches.some((branch) => event.ref === `refs/heads/${branch}`))
    throw new Error(`${event.ref} may not use the environment ${environment}`)
  return event.fork ? {} : found.secrets
}

/** Those that were not given are empty, and only known if they are declared. */
function inputsContext({ on }: Workflow, { name, inputs }: Event): Lookup {
  const declared = on.workflow_dispatch?.inputs ?? {}
  if (name === 'workflow_dispatch') return known(inputsOf(declared, inputs))
  return known(Object.fromEntries(Object.keys(declared).map((one) => [one, null])))
}

const needsContext = (needed: Needed): Lookup =>
  known(
    Object.fromEntries(
      [...needed].map(([name, jobs]) => {
        const outputs = Object.assign({}, ...jobs.map((job) => job.outputs)) as Record<string, string>
        return [name, valueOf({ result: resultOf(jobs), outputs })]
      }),
    ),
  )

function statesAfter(needed: Needed): Scope['states'] {
  const results = [...needed.values()].map(resultOf)
  const success = results.every((result) => result === 'success')
  return { success, failure: results.includes('failure'), cancelled: false, always: true }
}
