import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { judged } from './judged.ts'

const CLI = join(import.meta.dirname, '../../dist/cli.js')

/** How a command line ended. */
export interface Ended {
  /** Null: by a signal. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** What it said on standard error, line by line. */
  readonly lines: readonly string[]
  /** Milliseconds that it took. */
  readonly took: number
}

export interface Wish {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Called when it has started, with an empty line, and for each line that it writes on standard error. */
  readonly watch?: (child: ChildProcess, line: string, count: number) => void
}

/**
 * Runs vmcast as a process of its own, with nothing of the home and the caches of whoever runs the tests, and
 * judges what it publishes.
 */
export const runCli = (wish: Wish, ...args: string[]): Promise<Ended> =>
  judged(wish.cwd, () => run(wish, args))

async function run({ cwd, env = {}, watch }: Wish, args: string[]): Promise<Ended> {
  if (!existsSync(CLI)) throw new Error('npm test builds dist/ first; npx vitest does not.')
  const began = performance.now()
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, XDG_CACHE_HOME: join(cwd, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  const lines: string[] = []
  watch?.(child, '', 0)
  createInterface(child.stderr).on('line', (line) => {
    const count = lines.push(line)
    watch?.(child, line, count)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr: lines.join('\n'), lines, took: performance.now() - began }
}
