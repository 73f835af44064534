import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fault } from '../../errors.ts'
import { isAlive, myself, parseOwner, writeOwner } from '../local/owner.ts'
import { isStatus } from './connection.ts'
import { claim, closeQuietly, removeFile } from './files.ts'
import { ifThere, STATUS, type Session } from './session.ts'

/** Milliseconds. */
const TIMES = {
  /** Between two looks at a lock that somebody else holds. */
  pause: 50,
  /** To wait for an owner that is known to live. */
  patience: 10_000,
  /** Between two signs of life of an owner. */
  heartbeat: 5_000,
  /** Without a sign of life for so long, an owner on another machine counts as dead. */
  stale: 30_000,
}

export type LockTimes = typeof TIMES

/** A name beside `name` that nobody else uses; `Locks.hold` clears it up one day. */
export const hiddenName = (name: string): string => `.${name}.${randomUUID()}.tmp`

/** What stands in a lock, and when that was last written, by the server's clock, in seconds. */
interface Held {
  readonly text: string
  readonly touched: number
}

/**
 * The locks of one target: hidden files beside what they guard, made exclusively, whose text is their owner.
 * An owner on this machine is judged by its process; one elsewhere by the age of its lock, by the server's clock.
 */
export class Locks {
  readonly #times: LockTimes
  /** Locks of ours that a broken connection left, by path: nobody else's, and taken up again. */
  readonly #left = new Map<string, string>()

  constructor(times: LockTimes = TIMES) {
    this.#times = times
  }

  /**
   * Does `work` while nobody else works under the same `name` in `folder`; before that, clears up what a
   * killed process left under its hidden names. Waits for the owner as long as it takes to know whether it lives.
   * Throws `target-busy`.
   */
  async hold<T>(
    session: Session,
    folder: string,
    name: string,
    shown: string,
    work: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    const path = posix.join(folder, `.${name}.lock`)
    const lock = await this.#take(session, path, shown)
    const beat = setInterval(() => void lock.touch(), this.#times.heartbeat)
    try {
      await sweep(session, folder, name)
      return await work(lock)
    } finally {
      clearInterval(beat)
      await lock.release().catch(() => this.#left.set(path, lock.text))
    }
  }

  get areLeft(): boolean {
    return this.#left.size > 0
  }

  /** Removes what a broken connection left. */
  async clear(session: Session): Promise<void> {
    for (const path of [...this.#left.keys()]) {
      await this.hold(session, posix.dirname(path), guardedBy(path), path, () => Promise.resolve())
    }
  }

  async #take(session: Session, path: string, shown: string): Promise<Lock> {
    const began = performance.now()
    for (;;) {
      const made = await this.#make(session, path)
      if (made instanceof Lock) return made
      const held = await look(session, path)
      const waited = performance.now() - began
      if (!held) {
        if (waited > this.#times.patience) throw made
        continue
      }
      if (held.text === this.#left.get(path)) return await this.#takeUp(session, path, held.text)
      if (await this.#isDead(session, path, held)) await takeAway(session, path, held)
      else if (waited > this.#patienceFor(held))
        throw fault('target-busy', { path: shown, owner: ownerOf(held) })
      else await sleep(this.#times.pause)
    }
  }

  /** The lock; or why it could not be made, which may be that there is one: the status does not tell. */
  async #make(session: Session, path: string): Promise<Lock | Error> {
    let handle
    try {
      handle = await session.open(path, 'wx')
    } catch (error) {
      if (isStatus(error) && error.code === STATUS.failure) return error
      throw error
    }
    const lock = new Lock(session, path, handle, writeOwner(myself()))
    try {
      await lock.write()
      return lock
    } catch (error) {
      if (isStatus(error)) await removeFile(session, path)
      else this.#left.set(path, lock.text) // it may be there, and only the answer was lost
      throw error
    }
  }

  async #takeUp(session: Session, path: string, text: string): Promise<Lock> {
    const lock = new Lock(session, path, await session.open(path, 'r+'), text)
    await lock.check()
    this.#left.delete(path)
    return lock
  }

  async #isDead(session: Session, path: string, held: Held): Promise<boolean> {
    const owner = parseOwner(held.text)
    if (owner?.place === myself().place) return !isAlive(owner)
    const age = ((await clockBeside(session, path)) - held.touched) * 1000
    // An owner that lives signs its lock at once.
    return age > (held.text === '' ? this.#times.heartbeat : this.#times.stale)
  }

  #patienceFor({ text }: Held): number {
    const { patience, stale, heartbeat } = this.#times
    return parseOwner(text)?.place === myself().place ? patience : stale + heartbeat
  }
}

/** A lock that is held. */
export class Lock {
  readonly #session: Session
  readonly #path: string
  readonly #handle: Buffer
  readonly text: string

  constructor(session: Session, path: string, handle: Buffer, text: string) {
    this.#session = session
    this.#path = path
    this.#handle = handle
    this.text = text
  }

  /** Through the open file: if the lock was taken away, this touches nobody else's. */
  write(): Promise<void> {
    return this.#session.write(this.#handle, Buffer.from(this.text), 0)
  }

  /** Gives a sign of life. If it cannot, the work itself meets the reason. */
  touch(): Promise<void> {
    return this.write().catch(() => undefined)
  }

  /** Throws `target-lock-lost` if somebody took the lock away. */
  async check(): Promise<void> {
    if ((await look(this.#session, this.#path))?.text !== this.text)
      throw fault('target-lock-lost', { path: this.#path })
  }

  async release(): Promise<void> {
    await closeQuietly(this.#session, this.#handle)
    if ((await look(this.#session, this.#path))?.text === this.text)
      await removeFile(this.#session, this.#path)
  }
}

/**
 * Takes a dead owner's lock out of the way, in one step, under a name that is ours alone: of two that find it,
 * the second finds nothing, or the first one's new lock, and puts that back. Its owner notices if it could not.
 */
async function takeAway(session: Session, path: string, dead: Held): Promise<void> {
  if ((await look(session, path))?.text !== dead.text) return
  const aside = hiddenBeside(path)
  await ifThere(session.replaces ? session.replace(path, aside) : session.rename(path, aside))
  const taken = await look(session, aside)
  if (taken && taken.text !== dead.text && (await claim(session, aside, path))) return
  await removeFile(session, aside)
}

/** The name that a lock guards. */
const guardedBy = (path: string): string => posix.basename(path).replace(/^\.(.*)\.lock$/, '$1')

const hiddenBeside = (path: string): string => posix.join(posix.dirname(path), hiddenName(guardedBy(path)))

/** Null if there is no lock. */
async function look(session: Session, path: string): Promise<Held | null> {
  const handle = await ifThere(session.open(path, 'r'))
  if (!handle) return null
  try {
    const { mtime } = await session.fstat(handle)
    return { text: (await session.read(handle, 0, 1024)).toString(), touched: mtime }
  } finally {
    await closeQuietly(session, handle)
  }
}

/** The server's time, in seconds: that of a file just made there. */
async function clockBeside(session: Session, path: string): Promise<number> {
  const probe = hiddenBeside(path)
  const handle = await session.open(probe, 'wx')
  try {
    return (await session.fstat(handle)).mtime
  } finally {
    await closeQuietly(session, handle)
    await removeFile(session, probe)
  }
}

async function sweep(session: Session, folder: string, name: string): Promise<void> {
  const [before, after] = [`.${name}.`, '.tmp']
  const isOurs = (entry: string) =>
    entry.startsWith(before) &&
    entry.endsWith(after) &&
    /^[0-9a-f-]{36}$/.test(entry.slice(before.length, -after.length))
  const left = (await session.names(folder)).filter(isOurs)
  await Promise.all(left.map((entry) => removeFile(session, posix.join(folder, entry))))
}

function ownerOf({ text }: Held): string {
  const owner = parseOwner(text)
  return owner
    ? `process ${owner.pid} on ${owner.place.split(' ')[0] ?? 'another machine'}`
    : 'an unknown process'
}
