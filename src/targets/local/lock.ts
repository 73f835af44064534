import { randomUUID } from 'node:crypto'
import { readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fault, systemCode } from '../../errors.ts'
import { ifThere } from './files.ts'
import { isAlive, myself, parseOwner, writeOwner } from './owner.ts'

/** Milliseconds between two looks at a lock that somebody else holds. */
const PAUSE = 25

/** Milliseconds: removing a dead lock is a matter of a few. */
const TAKEOVER_PATIENCE = 10_000

/** A name beside `name` that nobody else uses, and no web server shows; `locked` clears it up one day. */
export const hiddenName = (name: string): string => `.${name}.${randomUUID()}.tmp`

/**
 * Does `work` while nobody else, in whatever process, works under the same `name` in `folder`. Waits up to
 * `patience` milliseconds for a living owner. Before that, clears up what a killed process left under its
 * hidden names. Throws `target-busy`, `target-lock-foreign`.
 */
export async function locked<T>(
  folder: string,
  name: string,
  patience: number,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await Lock.take(folder, name, patience)
  try {
    await sweep(folder, name)
    return await work(lock)
  } finally {
    await lock.release()
  }
}

async function sweep(folder: string, name: string): Promise<void> {
  const [before, after] = [`.${name}.`, '.tmp']
  const left = (await readdir(folder)).filter(
    (entry) =>
      entry.startsWith(before) &&
      entry.endsWith(after) &&
      /^[0-9a-f-]{36}$/.test(entry.slice(before.length, -after.length)),
  )
  await Promise.all(left.map((entry) => rm(join(folder, entry), { force: true })))
}

/**
 * A lock: a symbolic link that leads nowhere and whose text is its owner. Making one is a single step, so a
 * lock is never seen half made, and only one can make it.
 */
export class Lock {
  readonly #path: string
  readonly #text: string

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  static async take(folder: string, name: string, patience: number): Promise<Lock> {
    const path = lockPath(folder, name)
    const text = writeOwner(myself())
    const end = performance.now() + patience
    for (;;) {
      if (await make(path, text)) return new Lock(path, text)
      const held = await look(path)
      if (held === null) continue
      if (isGone(path, held)) await takeAway(folder, name, held)
      else if (performance.now() < end) await sleep(PAUSE)
      else
        throw fault('target-busy', {
          path: join(folder, name),
          owner: `process ${parseOwner(held)?.pid ?? 0}`,
        })
    }
  }

  /** Throws `target-lock-lost` if somebody took the lock away. */
  async check(): Promise<void> {
    if ((await look(this.#path)) !== this.#text) throw fault('target-lock-lost', { path: this.#path })
  }

  async release(): Promise<void> {
    if ((await look(this.#path)) === this.#text) await rm(this.#path, { force: true })
  }
}

/** Whether the owner of a lock is dead. Throws `target-lock-foreign` where nobody can tell from here. */
function isGone(path: string, text: string): boolean {
  const owner = parseOwner(text)
  if (owner?.place !== myself().place) {
    throw fault('target-lock-foreign', { path, host: owner?.place ?? 'unknown' })
  }
  return !isAlive(owner)
}

/**
 * Removes a dead owner's lock, under a lock of its own: of many that find it, one removes it, and none the
 * lock of whoever comes next. It is renamed to a name that is ours alone before it goes; if somebody outside
 * this order (a person who removes locks) made it another one meanwhile, it is put back.
 */
async function takeAway(folder: string, name: string, dead: string): Promise<void> {
  const turn = await Lock.take(folder, `${name}.takeover`, TAKEOVER_PATIENCE)
  const [path, aside] = [lockPath(folder, name), join(folder, hiddenName(name))]
  try {
    if ((await look(path)) !== dead) return
    await ifThere(rename(path, aside))
    const taken = await look(aside)
    if (taken !== null && taken !== dead) await make(path, taken)
    await rm(aside, { force: true })
  } finally {
    await turn.release()
  }
}

const lockPath = (folder: string, name: string): string => join(folder, `.${name}.lock`)

async function make(path: string, text: string): Promise<boolean> {
  try {
    await symlink(text, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** The lock's text; null if there is none. What is no link is no lock of ours. */
async function look(path: string): Promise<string | null> {
  try {
    return await ifThere(readlink(path))
  } catch (error) {
    if (systemCode(error) === 'EINVAL') throw fault('target-not-file', { path })
    throw error
  }
}
