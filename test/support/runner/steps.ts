import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BUILT_IN, type Place } from './built-in.ts'
import { expand, holds, known, type Lookup, type Scope } from './expression.ts'
import { readAction, type Inputs, type Step, type Words } from './known.ts'
import type { Ended } from './machine.ts'

/** Where steps run: a job, or an action that is made of steps. */
export interface Frame {
  readonly place: Place
  /** What expressions can name, but for `steps`. */
  readonly contexts: Readonly<Record<string, Lookup>>
  readonly env: Readonly<Record<string, string>>
  /** The folder of actions by what stands behind `uses:`. */
  readonly actions: ReadonlyMap<string, string>
}

/** Runs steps one after another, as far as their conditions go; what each of those with an `id` gave out. */
export async function runSteps(steps: readonly Step[], frame: Frame): Promise<Done> {
  const outputs = new Map<string, Lookup>(steps.map(({ id = '' }) => [id, () => null]))
  let ok = true
  const scope = (): Scope => ({
    contexts: known({ ...frame.contexts, steps: stepsContext(outputs) }),
    states: { success: ok, failure: !ok, cancelled: false, always: true },
  })
  for (const step of steps) {
    if (!holds(step.if, scope())) continue
    const ended = await runStep(step, frame, scope())
    ok &&= ended.ok
    outputs.set(step.id ?? '', ended.look)
  }
  return { ok, scope: scope() }
}

export interface Done {
  readonly ok: boolean
  readonly scope: Scope
}

/** How a step ended, and how expressions see what it gave out. */
interface StepEnded {
  readonly ok: boolean
  readonly look: Lookup
}

const stepsContext =
  (outputs: ReadonlyMap<string, Lookup>): Lookup =>
  (id) => {
    const look = id === '' ? undefined : outputs.get(id)
    return look && known({ outputs: look })
  }

async function runStep(step: Step, frame: Frame, scope: Scope): Promise<StepEnded> {
  const { uses, run } = step
  const env = { ...frame.env, ...wordsOf(step.env, scope) }
  if (uses === undefined) return await runScript(step, run ?? '', { ...frame, env }, scope)
  const words = wordsOf(step.with, scope)
  const builtIn = BUILT_IN.get(uses.replace(/@[0-9a-f]{40}$/, ''))
  if (builtIn) return lookInto(await builtIn(words, frame.place))
  const folder = uses === './' ? frame.place.machine.workspace : frame.actions.get(uses)
  if (folder === undefined) throw new Error(`This runner does not know the action ${uses}`)
  return await runAction(folder, words, { ...frame, env })
}

async function runScript(step: Step, text: string, frame: Frame, scope: Scope): Promise<StepEnded> {
  if (text.includes('${{'))
    throw new Error(`An expression inside a script can run what others wrote: ${text}`)
  const { machine } = frame.place
  const folder = resolve(machine.workspace, expand(step['working-directory'] ?? '', scope))
  return lookInto(await machine.run({ text, bash: step.shell === 'bash', folder, env: frame.env }))
}

const lookInto = ({ ok, outputs }: Ended): StepEnded => ({ ok, look: (name) => outputs.get(name) ?? null })

async function runAction(
  folder: string,
  words: Readonly<Record<string, string>>,
  frame: Frame,
): Promise<StepEnded> {
  const path = join(folder, 'action.yml')
  const action = readAction(await readFile(path, 'utf8'), path)
  const { ok, scope } = await runSteps(action.runs.steps, {
    ...frame,
    contexts: {
      github: (name) => (name === 'action_path' ? folder : frame.contexts['github']?.(name)),
      inputs: known(inputsOf(action.inputs, words)),
    },
    env: { ...frame.env, GITHUB_ACTION_PATH: folder },
  })
  const outputs = Object.entries(action.outputs).map(
    ([name, { value }]) => [name, expand(value, scope)] as const,
  )
  return { ok, look: known(Object.fromEntries(outputs)) }
}

/** What was given, or else the defaults. GitHub only warns of what is odd; here it is refused. */
export function inputsOf(inputs: Inputs, words: Readonly<Record<string, string>>): Record<string, string> {
  const odd = Object.keys(words).filter((name) => !Object.hasOwn(inputs, name))
  if (odd.length > 0) throw new Error(`There is no input ${odd.join(', ')}`)
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { required = false, default: otherwise = '' }]) => {
      if (required && !words[name]) throw new Error(`The input ${name} is required`)
      return [name, words[name] ?? otherwise]
    }),
  )
}

export const wordsOf = (words: Words = {}, scope: Scope): Record<string, string> =>
  Object.fromEntries(Object.entries(words).map(([name, word]) => [name, expand(String(word), scope)]))
