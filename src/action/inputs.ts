import { fault } from '../errors.ts'
import { isApproval } from '../plan/checksum.ts'

const COMMANDS = [
  'validate',
  'plan',
  'reconcile',
  'verify',
  'status',
  'upload',
  'render',
  'sign',
  'publish',
] as const

/** What the workflow asks for: action.yml says what each input means. */
export type Inputs = Common & Work

interface Common {
  /** Relative to where the runner works. */
  readonly repo: string
  readonly lists: readonly string[]
  readonly allow: readonly string[]
  readonly comment: boolean
}

type Work =
  | { readonly command: 'validate' | 'verify' | 'status' }
  | {
      readonly command: 'plan' | 'reconcile'
      /** A checksum, `approved` or `renewals`; null: whatever is checked out. */
      readonly expect: string | null
    }
  | {
      readonly command: 'upload'
      readonly plan: string
      readonly receipts: string
      readonly images: readonly string[]
    }
  | {
      readonly command: 'render'
      readonly plan: string
      readonly receipts: string | null
      readonly release: string
    }
  | { readonly command: 'sign' | 'publish'; readonly release: string }

/** The inputs of one kind of command. */
export type InputsOf<C extends Inputs['command']> = Extract<Inputs, { readonly command: C }>

const APPROVALS = ['a checksum, as in v1-0123…', 'approved', 'renewals'] as const

/** Reads every input, from the variables that action.yml sets. Throws `input-unknown`, `input-missing`, `input-unfit`. */
export function readInputs(env: Readonly<Record<string, string | undefined>>): Inputs {
  const textOf = (name: string) => env[`INPUT_${name.toUpperCase()}`]?.trim() ?? ''
  const namesOf = (name: string) =>
    textOf(name)
      .split(/[,\n]/)
      .map((one) => one.trim())
      .filter((one) => one !== '')
  const common: Common = {
    repo: textOf('repo') || '.',
    lists: namesOf('list'),
    allow: namesOf('allow'),
    comment: chosen('comment', textOf('comment') || 'true', ['true', 'false']) === 'true',
  }
  const command = chosen('command', textOf('command'), COMMANDS)
  const expect = approvalIn(env['INPUT_EXPECT'] ?? '')
  if (expect !== null && command !== 'plan' && command !== 'reconcile')
    throw fault('input-unfit', { input: 'expect', command })
  const needed = (name: string) => {
    const value = textOf(name)
    if (value === '') throw fault('input-missing', { input: name, command })
    return value
  }
  switch (command) {
    case 'upload':
      return {
        ...common,
        command,
        plan: needed('plan'),
        receipts: needed('receipts'),
        images: namesOf('image'),
      }
    case 'render':
      return {
        ...{ ...common, command, plan: needed('plan'), release: needed('release') },
        receipts: textOf('receipts') || null,
      }
    case 'sign':
    case 'publish':
      return { ...common, command, release: needed('release') }
    case 'plan':
    case 'reconcile':
      return { ...common, command, expect }
    case 'validate':
    case 'verify':
    case 'status':
      return { ...common, command }
  }
}

/** What is blank, and yet something, was meant to hold something back. */
function approvalIn(given: string): string | null {
  if (given === '') return null
  const approval = given.trim()
  if (approval === 'approved' || isApproval(approval)) return approval
  throw fault('input-unknown', { input: 'expect', given, known: APPROVALS })
}

function chosen<const T extends string>(input: string, given: string, known: readonly T[]): T {
  const found = known.find((one) => one === given)
  if (found === undefined) throw fault('input-unknown', { input, given, known })
  return found
}
