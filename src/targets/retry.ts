import pRetry, { type RetryContext } from 'p-retry'
import { isFault } from '../errors.ts'
import type { Surroundings } from '../model.ts'
import type { Target } from './target.ts'

/** How often a server that was never reached in this run is tried: it may just be misspelt. */
const FIRST_TRIES = 3

/** Waits of about 1, 2, 4, 8 and 16 s (each stretched by up to as much again), then the failure stands. */
const TRIES = { retries: 5, factor: 2, minTimeout: 1000, randomize: true } as const

const isPassing = (error: unknown): boolean =>
  isFault(error, 'target-interrupted') || isFault(error, 'target-unreachable')

/** Whether an upload broke off in a way that a later call, or a later run, goes on from what it left. */
export const brokeOff = (error: unknown): boolean => isPassing(error) || isFault(error, 'interrupted')

/** Null if there is nothing, or more than `limit` bytes. */
async function readUpTo(target: Target, key: string, limit: number) {
  try {
    return await target.read(key, limit)
  } catch (error) {
    if (isFault(error, 'target-too-large') || isFault(error, 'web-too-large')) return null
    throw error
  }
}

/**
 * A target whose every call is made again after `target-interrupted` and `target-unreachable`, and after nothing else. An upload goes
 * on from what is there, a swap from what it finds: it may have happened, and only its answer was lost.
 * `signal` ends the waiting. Throws the last failure, or the signal's reason.
 */
export function withRetries(
  target: Target,
  { progress, signal }: Pick<Surroundings, 'progress' | 'signal'>,
): Target {
  let reached = false
  const shouldRetry = ({ error, attemptNumber, retriesLeft }: RetryContext) => {
    if (!isFault(error, 'target-unreachable')) reached = true
    const again = isPassing(error) && retriesLeft > 0 && (reached || attemptNumber < FIRST_TRIES)
    if (again) progress.step(`${error.message} Trying again soon.`)
    return again
  }
  const again = async <T>(work: (attempt: number) => Promise<T>): Promise<T> => {
    const result = await pRetry(work, { ...TRIES, signal, shouldRetry })
    reached = true
    return result
  }
  return {
    settles: target.settles,
    holds: target.holds,
    stat: (key) => again(() => target.stat(key)),
    read: (key, limit) => again(() => target.read(key, limit)),
    // Only its opening: what came before a failure in the midst is in the reader's hands.
    bytes: (key) => again(() => target.bytes(key)),
    write: (partial, source, final) => again(() => target.write(partial, source, final)),
    swap: (key, bytes, expect) =>
      again(async (attempt) => {
        const there = attempt === 1 ? null : await readUpTo(target, key, bytes.length)
        if (there && Buffer.compare(there.bytes, bytes) === 0) return there.tag
        return await target.swap(key, bytes, expect)
      }),
    remove: (key) => again(() => target.remove(key)),
    close: () => target.close(),
  }
}
