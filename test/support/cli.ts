import { PassThrough } from 'node:stream'
import { main } from '../../src/commands/index.ts'
import { judged } from './judged.ts'

export interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface Given {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly now?: Date
  /** Instead of `now`: asked each time. */
  readonly clock?: () => Date
  readonly signal?: AbortSignal
}

/** Runs one command line in this process, as if nobody sat at a terminal, and judges what it publishes. */
export const vmcast = (given: Given, ...args: string[]): Promise<Result> =>
  judged(given.cwd, () => run(given, args))

async function run({ cwd, env = {}, now, clock, signal }: Given, args: string[]): Promise<Result> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const texts = Promise.all([stdout, stderr].map(textOf))
  const status = await main(args, {
    env: { HOME: cwd, ...env },
    stdin,
    stdout,
    stderr,
    colorDepth: 1,
    cwd,
    now: clock ?? (() => now ?? new Date()),
    signal: signal ?? new AbortController().signal,
  })
  stdout.end()
  stderr.end()
  const [out = '', err = ''] = await texts
  return { status, stdout: out, stderr: err }
}

const textOf = async (stream: PassThrough): Promise<string> =>
  Buffer.concat((await stream.toArray()) as Buffer[]).toString('utf8')
