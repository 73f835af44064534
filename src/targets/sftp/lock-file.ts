import { randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import { fault } from '../../errors.ts'
import { claim, closeQuietly, removeFile } from './files.ts'
import { ifThere, type Session } from './session.ts'

/** A name beside `name` that nobody else uses; `sweep` clears it up one day. */
export const hiddenName = (name: string): string => `.${name}.${randomUUID()}.tmp`

/** What stands in a lock, and when that was last written, by the server's clock, in seconds. */
export interface Held {
  readonly text: string
  readonly touched: number
}

/** A lock that is held. */
export class Lock {
  readonly #session: Session
  readonly path: string
  readonly #handle: Buffer
  readonly text: string

  constructor(session: Session, path: string, handle: Buffer, text: string) {
    this.#session = session
    this.path = path
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
    if ((await look(this.#session, this.path))?.text !== this.text)
      throw fault('target-lock-lost', { path: this.path })
  }

  async release(): Promise<void> {
    await closeQuietly(this.#session, this.#handle)
    if ((await look(this.#session, this.path))?.text === this.text) await removeFile(this.#session, this.path)
  }
}

/**
 * Takes a dead owner's lock out of the way, in one step, under a name that is ours alone. If it was another one
 * by then (a person who removes locks was faster), that is put back; its owner notices if it could not.
 */
export async function takeAway(session: Session, path: string, dead: Held): Promise<void> {
  if ((await look(session, path))?.text !== dead.text) return
  const aside = hiddenBeside(path)
  await ifThere(session.replaces ? session.replace(path, aside) : session.rename(path, aside))
  const taken = await look(session, aside)
  if (taken && taken.text !== dead.text && (await claim(session, aside, path))) return
  await removeFile(session, aside)
}

/** The name that a lock guards. */
export const guardedBy = (path: string): string => posix.basename(path).replace(/^\.(.*)\.lock$/, '$1')

const hiddenBeside = (path: string): string => posix.join(posix.dirname(path), hiddenName(guardedBy(path)))

/** Null if there is no lock. */
export async function look(session: Session, path: string): Promise<Held | null> {
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
export async function clockBeside(session: Session, path: string): Promise<number> {
  const probe = hiddenBeside(path)
  const handle = await session.open(probe, 'wx')
  try {
    return (await session.fstat(handle)).mtime
  } finally {
    await closeQuietly(session, handle)
    await removeFile(session, probe)
  }
}

/** Removes what killed processes left under the hidden names of `name`. */
export async function sweep(session: Session, folder: string, name: string): Promise<void> {
  const [before, after] = [`.${name}.`, '.tmp']
  const isOurs = (entry: string) =>
    entry.startsWith(before) &&
    entry.endsWith(after) &&
    /^(takeover\.)*[0-9a-f-]{36}$/.test(entry.slice(before.length, -after.length))
  const left = (await session.names(folder)).filter(isOurs)
  await Promise.all(left.map((entry) => removeFile(session, posix.join(folder, entry))))
}
