import type { Readable, Writable } from 'node:stream'
import { fault } from '../errors.ts'
import type { Surroundings } from '../model.ts'

export interface Terminal {
  readonly stdin: Readable
  readonly stderr: Writable
  readonly signal: AbortSignal
}

/**
 * Asks on the terminal for the passphrase of `what`. Throws `passphrase-missing` where there is none, naming
 * the `variable` that could have given it, and `interrupted`.
 */
export async function askPassphrase(
  what: string,
  variable: string,
  { stdin, stderr, signal }: Terminal,
): Promise<string> {
  if (!isTerminal(stdin) || !isTerminal(stderr)) throw fault('passphrase-missing', { what, variable })
  const { default: password } = await import('@inquirer/password')
  const settings = { message: `Passphrase of ${what}:` }
  return await unlessStopped(
    password(settings, { input: stdin, output: stderr, clearPromptOnDone: true, signal }),
  )
}

/** Asks for each passphrase once, however many rooms need it. */
export function remember(ask: Surroundings['askPassphrase']): Surroundings['askPassphrase'] {
  const asked = new Map<string, Promise<string>>()
  return (what, variable) => {
    const answer = asked.get(what) ?? ask(what, variable)
    asked.set(what, answer)
    return answer
  }
}

/** Asks on the terminal whether to go on; false where there is none to ask. Throws `interrupted`. */
export async function askConsent(question: string, { stdin, stderr, signal }: Terminal): Promise<boolean> {
  if (!isTerminal(stdin) || !isTerminal(stderr)) return false
  const { default: confirm } = await import('@inquirer/confirm')
  const settings = { message: question, default: false }
  return await unlessStopped(confirm(settings, { input: stdin, output: stderr, signal }))
}

interface Question {
  readonly message: string
  readonly usual: string
}

/**
 * Asks on the terminal for a line; `faultOf` says what is wrong with one, and null if nothing is. Throws
 * `init-unasked` where there is none, and `interrupted`.
 */
export async function askLine(
  { message, usual }: Question,
  faultOf: (line: string) => string | null,
  { stdin, stderr, signal }: Terminal,
): Promise<string> {
  if (!isTerminal(stdin) || !isTerminal(stderr)) throw fault('init-unasked', {})
  const { default: input } = await import('@inquirer/input')
  const settings = { message, default: usual, validate: (line: string) => faultOf(line) ?? true }
  return await unlessStopped(input(settings, { input: stdin, output: stderr, signal }))
}

/** Asks on the terminal for one of the choices, by what each means. Throws `init-unasked`, `interrupted`. */
export async function askChoice<T extends string>(
  message: string,
  choices: Readonly<Record<T, string>>,
  { stdin, stderr, signal }: Terminal,
): Promise<T> {
  if (!isTerminal(stdin) || !isTerminal(stderr)) throw fault('init-unasked', {})
  const { default: select } = await import('@inquirer/select')
  const settings = {
    message,
    // Their keys are those that the type names.
    choices: (Object.keys(choices) as T[]).map((value) => ({ value, name: choices[value] })),
  }
  return await unlessStopped(select(settings, { input: stdin, output: stderr, signal }))
}

/** Ctrl-C at a prompt is no signal: the terminal is in raw mode then. */
async function unlessStopped<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Error && /^(ExitPrompt|AbortPrompt)Error$/.test(error.name))
      throw fault('interrupted', {})
    throw error
  }
}

/** Whether a stream is a terminal, and a person sits behind it. */
export const isTerminal = (stream: Readable | Writable): boolean => 'isTTY' in stream && stream.isTTY === true
