import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { readSettings, readSummary } from './files.ts'
import type { Log } from './log.ts'

/** Where the machines' own programs are. */
const PROGRAMS = process.env['PATH'] ?? ''

export interface Script {
  readonly text: string
  /** Whether it names bash as its shell: then a pipe fails with any part of it. */
  readonly bash: boolean
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** The machine of one job: its folders, and what its steps have left on it. */
export class Machine {
  readonly workspace: string
  readonly log: Log
  readonly #folder: string
  readonly #env: Record<string, string>
  readonly #path: string[] = [PROGRAMS]
  readonly #summary: string[] = []
  #scripts = 0

  static async start(folder: string, log: Log, env: Readonly<Record<string, string>>): Promise<Machine> {
    const machine = new Machine(folder, log, env)
    for (const name of ['workspace', 'home', 'temp', 'files'])
      await mkdir(join(folder, name), { recursive: true })
    return machine
  }

  private constructor(folder: string, log: Log, env: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.workspace = join(folder, 'workspace')
    this.log = log
    this.#env = {
      ...env,
      CI: 'true',
      HOME: join(folder, 'home'),
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.workspace,
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      RUNNER_TEMP: join(folder, 'temp'),
    }
  }

  /** What all steps have added to the summary. */
  get summary(): string {
    return this.log.masked(this.#summary.join('\n'))
  }

  /** Programs of this folder are found first, from the next step on. */
  prepend(folder: string): void {
    this.#path.unshift(folder)
  }

  /** Runs a script as GitHub's runner does; what it gave out, or null if it failed. */
  async run({ text, bash, folder, env }: Script): Promise<Ended> {
    const number = this.#scripts++
    const file = (name: string) => join(this.#folder, 'files', `${name}-${number}`)
    const files = {
      GITHUB_OUTPUT: file('output'),
      GITHUB_ENV: file('env'),
      GITHUB_PATH: file('path'),
      GITHUB_STATE: file('state'),
      GITHUB_STEP_SUMMARY: file('summary'),
    }
    for (const path of Object.values(files)) await writeFile(path, '')
    const script = `${file('script')}.sh`
    await writeFile(script, text)
    const strict = bash ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e']
    const { exitCode, all } = await execa('bash', [...strict, script], {
      cwd: folder,
      env: { ...this.#env, PATH: this.#path.join(delimiter), ...files, ...env },
      ...{ extendEnv: false, reject: false, all: true, stdin: 'ignore' },
    })
    this.log.take(all)
    for (const name of ['GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STATE'] as const)
      if ((await readSettings(files[name])).size > 0) throw new Error(`This runner does not take ${name}`)
    this.#summary.push(await readSummary(files.GITHUB_STEP_SUMMARY))
    return { ok: exitCode === 0, outputs: await readSettings(files.GITHUB_OUTPUT) }
  }
}

export interface Ended {
  readonly ok: boolean
  readonly outputs: ReadonlyMap<string, string>
}
