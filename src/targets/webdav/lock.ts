import { setTimeout as sleep } from 'node:timers/promises'
import { fault } from '../../errors.ts'
import type { Answer } from '../https/exchange.ts'
import type { Client } from './client.ts'

/** Seconds that are asked for a lock to last if its owner dies; a server may grant others. It is renewed three times as often. */
const LIFETIME = 15
/** Milliseconds to wait for a lock: longer than that of a run that was killed lasts, where what was asked is granted. */
const PATIENCE = 25_000
/** Bytes of what a server says of a lock. */
const LARGEST = 64 * 1024
/**
 * Milliseconds after which a new lock is looked at again. Apache can grant one lock to several who ask in the
 * same moment; only one of them is in its books afterwards.
 */
const SETTLING = 250

const WISH = `<?xml version="1.0" encoding="utf-8"?>
<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>vmcast</D:owner></D:lockinfo>`

/** A lock as the server gave it. */
interface Granted {
  readonly token: string
  /** How long it lasts if it is not renewed. */
  readonly seconds: number
}

/** A lock that is held; `check` throws `webdav-lock-lost` if it is no more. */
export interface Held {
  check(): Promise<void>
}

/**
 * Exclusive locks (RFC 4918, section 6) on names beside the files that they are for, so that a reader never
 * meets an empty file that a lock has made. Once for each server it is tried whether they hold.
 */
export class Locks {
  readonly #client: Client
  #proven = false

  constructor(client: Client) {
    this.#client = client
  }

  /**
   * Does `work` while the lock for `key` is held; waits a while for another's. The folder must be there.
   * Throws `webdav-no-locks`, `target-busy`, `webdav-lock-lost`.
   */
  async during<T>(key: string, work: (lock: Held) => Promise<T>): Promise<T> {
    const name = lockName(key)
    const { token, seconds } = await this.#acquire(name)
    const renewal = setInterval(
      () => void this.#renew(name, token).catch(() => undefined),
      (Math.min(seconds, LIFETIME) * 1000) / 3,
    )
    const check = async () => {
      if (!(await this.#renew(name, token)))
        throw fault('webdav-lock-lost', { place: this.#client.place(name) })
    }
    try {
      await this.#prove(name, token)
      return await work({ check })
    } finally {
      clearInterval(renewal)
      await this.#release(name, token).catch(() => undefined) // the server does it soon
    }
  }

  async #acquire(name: string): Promise<Granted> {
    const deadline = performance.now() + PATIENCE
    for (;;) {
      const granted = await this.#lock(name)
      if (granted && (await this.#settles(name, granted.token))) return granted
      if (performance.now() > deadline) {
        const owner = 'another run holds its lock, or one that died a moment ago'
        throw fault('target-busy', { path: this.#client.place(name), owner })
      }
      await sleep(100 + Math.random() * 200)
    }
  }

  /** A new lock; null if somebody has one. */
  async #lock(name: string): Promise<Granted | null> {
    const headers = {
      depth: '0',
      timeout: `Second-${LIFETIME}`,
      'content-type': 'application/xml; charset=utf-8',
    }
    const answer = await this.#client.ask('LOCK', name, { headers, text: WISH })
    if (answer.status === 423) {
      answer.drop()
      return null
    }
    const token = answer.headers['lock-token']
    if ((answer.status === 200 || answer.status === 201) && typeof token === 'string') {
      return { token: token.replace(/^<|>$/g, ''), seconds: grantedSeconds(await words(answer)) }
    }
    answer.drop()
    if (answer.status === 405 || answer.status === 501)
      throw fault('webdav-no-locks', { host: this.#client.host })
    if (answer.status === 500) {
      // It may pass: taking that for "no locks" would talk people into doing without.
      const reason = 'the server answers LOCK with status 500, as Apache always does without DavLockDB'
      throw fault('target-interrupted', { place: this.#client.place(name), reason })
    }
    throw await this.#client.unexpected('LOCK', name, answer)
  }

  /** Whether a new lock is still there a moment later. */
  async #settles(name: string, token: string): Promise<boolean> {
    try {
      await sleep(SETTLING)
      return await this.#renew(name, token)
    } catch (error) {
      await this.#release(name, token).catch(() => undefined) // else the next try waits for it
      throw error
    }
  }

  /** A lock that a second one can be had beside, while the first still holds, is none. */
  async #prove(name: string, token: string): Promise<void> {
    if (this.#proven) return
    const second = await this.#lock(name)
    if (second === null) {
      this.#proven = true
      return
    }
    const both = await this.#renew(name, token)
    await this.#release(name, second.token)
    if (both) throw fault('webdav-no-locks', { host: this.#client.host })
    throw fault('webdav-lock-lost', { place: this.#client.place(name) })
  }

  /** Whether the lock was still held; then it is for as long again. */
  async #renew(name: string, token: string): Promise<boolean> {
    const headers = { if: `(<${token}>)`, timeout: `Second-${LIFETIME}` }
    const answer = await this.#client.ask('LOCK', name, { headers })
    answer.drop()
    if (answer.status === 200) return true
    if ([400, 404, 409, 412, 423].includes(answer.status)) return false
    throw await this.#client.unexpected('LOCK', name, answer)
  }

  /** The lock's name first, where the server has made an empty file of it: only its owner may. */
  async #release(name: string, token: string): Promise<void> {
    const deleted = await this.#client.ask('DELETE', name, { headers: { if: `(<${token}>)` } })
    deleted.drop()
    const unlocked = await this.#client.ask('UNLOCK', name, { headers: { 'lock-token': `<${token}>` } })
    unlocked.drop()
  }
}

async function words({ body }: Answer): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    pieces.push(piece)
    size += piece.length
    if (size > LARGEST) break
  }
  return Buffer.concat(pieces).toString()
}

/** How long a lock lasts by what the server says of it (RFC 4918, section 14.29). */
function grantedSeconds(discovery: string): number {
  const [, seconds] = /<(?:[\w.-]{1,100}:)?timeout>\s{0,100}Second-(\d{1,10})/i.exec(discovery) ?? []
  return seconds === undefined ? LIFETIME : Math.max(1, Number(seconds))
}

const lockName = (key: string): string => key.replace(/[^/]+$/, '~$&.lock')
