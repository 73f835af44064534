import process, { kill } from 'node:process'
import { execa } from 'execa'
import pLimit from 'p-limit'
import { fault, systemCode } from '../../errors.ts'
import type { Surroundings } from '../../model.ts'
import { openFifo } from './fifo.ts'
import { feed, listen, SLOWEST, Words } from './streams.ts'
import { Watch } from './watch.ts'

/** Begins to take bytes; each chunk is valid until it was taken. */
export type Begin = () => (chunk: Uint8Array) => Promise<void>

/** One call of a program; never through a shell. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** Debian packages that have the program and what it needs. */
  readonly packages: string
  /** What it reads: on its standard input, or from the named pipe `fifo` that is among its arguments. */
  readonly input?: AsyncIterable<Uint8Array>
  readonly fifo?: string
  /** Takes what it writes to its standard output, from the beginning at each call. */
  readonly output?: Begin
  /** Bytes that a server may have to go through before it answers. */
  readonly size?: number
  readonly env?: Readonly<Record<string, string>>
}

/** How a program ended. */
export interface Outcome {
  readonly ok: boolean
  /** Null where a signal ended it. */
  readonly status: number | null
  /** Whether it was no end of its own: gfal's programs sometimes crash when all is done. */
  readonly crashed: boolean
  /** Its standard output, where nobody else took it: the first megabyte. */
  readonly text: string
  /** Its standard error, on one line: its beginning. */
  readonly complaint: string
}

/** Milliseconds without a sign of life after which a program is ended. */
const PATIENCE = 30_000
/** Milliseconds that it then has to say why. */
const LAST_WORDS = 3_000
/** How often a program may crash. */
const TRIES = 3

/** What the programs are told of the world: where things are and who the user is. No secret of vmcast's own. */
const TOLD =
  /^(PATH|HOME|TMPDIR|LD_LIBRARY_PATH|X509_(USER_(PROXY|CERT|KEY)|CERT_DIR|VOMS_DIR)|GRIDMAP|GLOBUS_\w+|GFAL_\w+|DCACHE_\w+|XRD_\w+)$/

/** Programs at a time: each is a process, a login, and (gfal) a Python. */
const AT_ONCE = 4

/** Programs that are running: none outlives vmcast where that is in its hands. */
const running = new Set<number>()
process.once('exit', () => {
  running.forEach(end)
})

/** Ends a program and whatever it started: each has a process group of its own. */
function end(group: number): void {
  try {
    kill(-group, 'SIGKILL')
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

/** Runs grid programs, in the C locale, in the surroundings that they are told of. */
export class Programs {
  readonly #env: Readonly<Record<string, string>>
  readonly #patience: number
  readonly #limit = pLimit(AT_ONCE)

  constructor(env: Surroundings['env'], patience = PATIENCE) {
    const told = Object.entries(env).filter(([name]) => TOLD.test(name))
    // The gfal programs are scripts that otherwise try every Python there is.
    this.#env = { GFAL_PYTHONBIN: '/usr/bin/python3', ...Object.fromEntries(told), LC_ALL: 'C' }
    this.#patience = patience
  }

  /**
   * Runs a program to its end; one that crashes is run again, unless it was given something to read, up to
   * three times. `place` is what an error shows. Throws `grid-program-missing`,
   * `target-interrupted` (no sign of life), and what `input` and `output` throw; a failure is an outcome.
   */
  async run(place: string, command: Command): Promise<Outcome> {
    for (let left = TRIES; ; left--) {
      const once = () => this.#once(place, command)
      // Who reads may be feeding a program that writes: it never waits for that one's end.
      const outcome = await (command.output ? once() : this.#limit(once))
      if (!outcome.crashed || command.input || left === 1) return outcome
    }
  }

  async #once(place: string, command: Command): Promise<Outcome> {
    const { program, args, packages, input, fifo, output, size = 0 } = command
    const child = execa(program, args, {
      env: { ...this.#env, ...command.env },
      extendEnv: false,
      detached: true,
      buffer: false,
      reject: false,
      stdin: input && fifo === undefined ? 'pipe' : 'ignore',
    })
    const stop = () => {
      if (child.pid !== undefined) end(child.pid)
    }
    if (child.pid !== undefined) running.add(child.pid)
    const isOver = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined
    const opening = input && (fifo === undefined ? Promise.resolve(child.stdin) : openFifo(fifo, isOver))
    // Where the server fails, some wait for the end of what they read before they say so.
    const watch = new Watch(this.#patience, () => {
      void opening?.then((sink) => sink?.destroy())
      setTimeout(stop, Math.min(this.#patience, LAST_WORDS)).unref()
    })
    watch.alive(size / SLOWEST)
    try {
      const [text, complaint] = [new Words(), new Words()]
      const [, , { exitCode, signal, cause }] = await Promise.all([
        unlessStopped(stop, listen(child.stdout, watch, output?.() ?? text.add)),
        unlessStopped(stop, listen(child.stderr, watch, complaint.add)),
        child,
        input && opening && unlessStopped(stop, feed(opening, watch, input)),
      ])
      if (systemCode(cause) === 'ENOENT') throw fault('grid-program-missing', { program, packages }, cause)
      const isExplained = exitCode !== undefined && exitCode !== 0 && complaint.line !== ''
      if (watch.over && !isExplained)
        throw fault('target-interrupted', { place, reason: silence(program, this.#patience) })
      return {
        ok: exitCode === 0,
        status: exitCode ?? null,
        crashed: signal !== undefined,
        text: text.said,
        complaint: complaint.line,
      }
    } finally {
      watch.rest()
      stop()
      if (child.pid !== undefined) running.delete(child.pid)
    }
  }
}

const silence = (program: string, patience: number) =>
  `${program} gave no sign of life for ${Math.ceil(patience / 1000)} s, and was ended`

async function unlessStopped(stop: () => void, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    stop()
    throw error
  }
}
