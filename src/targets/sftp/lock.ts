import { posix } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fault } from '../../errors.ts'
import { areTogether, isAlive, myself, parseOwner, writeOwner } from '../local/owner.ts'
import { isStatus } from './end.ts'
import { removeFile } from './files.ts'
import { clockBeside, guardedBy, Lock, look, sweep, takeAway, type Held } from './lock-file.ts'
import { STATUS, type Session } from './session.ts'

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
      await this.#release(lock)
    }
  }

  async #release(lock: Lock): Promise<void> {
    await lock.release().catch(() => this.#left.set(lock.path, lock.text))
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
      if (await this.#isDead(session, path, held)) await this.#takeAway(session, path, held, shown)
      else if (waited > this.#patienceFor(held))
        throw fault('target-busy', { path: shown, owner: ownerOf(held) })
      else await sleep(this.#times.pause)
    }
  }

  /** Under a lock of its own: of many that find a dead owner's, one removes it, and none the lock of whoever is next. */
  async #takeAway(session: Session, path: string, dead: Held, shown: string): Promise<void> {
    const turn = await this.#take(session, path.replace(/lock$/, 'takeover.lock'), shown)
    try {
      await takeAway(session, path, dead)
    } finally {
      await this.#release(turn)
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
    if (owner && areTogether(owner, myself())) return !isAlive(owner)
    const age = ((await clockBeside(session, path)) - held.touched) * 1000
    // An owner that lives signs its lock at once.
    return age > (held.text === '' ? this.#times.heartbeat : this.#times.stale)
  }

  #patienceFor({ text }: Held): number {
    const { patience, stale, heartbeat } = this.#times
    const owner = parseOwner(text)
    return owner && areTogether(owner, myself()) ? patience : stale + heartbeat
  }
}

function ownerOf({ text }: Held): string {
  const owner = parseOwner(text)
  return owner
    ? `process ${owner.pid} on ${owner.place.split(' ')[0] ?? 'another machine'}`
    : 'an unknown process'
}
