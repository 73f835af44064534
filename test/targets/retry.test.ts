import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fault, isFault, type VmcastError } from '../../src/errors.ts'
import type { Tag } from '../../src/model.ts'
import { withRetries } from '../../src/targets/retry.ts'
import type { Target } from '../../src/targets/target.ts'
import { sourceOf } from '../support/bytes-source.ts'

const cut = () => fault('target-interrupted', { place: 'images.example.org', reason: 'reset by the peer' })
const bytes = Buffer.from('signed')

/** A target whose calls fail as `failures` say, one after another, and then succeed; a fake: only calls matter here. */
function faltering(failures: Error[], published: { bytes: Uint8Array; tag: Tag } | null = null) {
  const calls: string[] = []
  const call = <T>(name: string, value: T): Promise<T> => {
    calls.push(name)
    const failure = failures.shift()
    return failure ? Promise.reject(failure) : Promise.resolve(value)
  }
  const target: Target = {
    settles: 'at once',
    holds: 'files',
    stat: () => call('stat', { size: 6 }),
    read: (_, limit) =>
      published && published.bytes.length > limit
        ? Promise.reject(fault('target-too-large', { path: 'a', limit }))
        : Promise.resolve(published),
    bytes: () => call('bytes', null),
    write: () => call('write', { size: 6 }),
    swap: () => call('swap', 'new'),
    remove: () => call('remove', undefined),
    close: () => Promise.resolve(),
  }
  const told: string[] = []
  const stop = new AbortController()
  const progress = {
    step: (line: string) => void told.push(line),
    task: () => ({ advance: () => undefined, end: () => undefined }),
  }
  return { target: withRetries(target, { progress, signal: stop.signal }), calls, told, stop }
}

/** What comes of `work`, with all waiting done in no time. */
async function outcome<T>(work: Promise<T>): Promise<T | VmcastError> {
  const settled = work.catch((error: unknown) => error as VmcastError)
  await vi.runAllTimersAsync()
  return await settled
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a target that is tried again', () => {
  test('does every call again after an interruption, and says so', async () => {
    const calls: ((target: Target) => Promise<unknown>)[] = [
      (target) => target.stat('a'),
      (target) => target.bytes('a'),
      (target) => target.write('~a', sourceOf([bytes]), () => 'a'),
      (target) => target.remove('a'),
    ]
    for (const call of calls) {
      const { target, calls: made, told } = faltering([cut(), cut()])
      expect(await outcome(call(target))).not.toBeInstanceOf(Error)
      expect(made).toHaveLength(3)
      expect(told).toHaveLength(2)
      expect(told[0]).toMatch(/reset by the peer.*again/)
    }
  })

  test('gives up after five more attempts, within two minutes, with the last failure', async () => {
    const { target, calls } = faltering(Array.from({ length: 20 }, cut))
    const before = Date.now()
    expect(await outcome(target.stat('a'))).toSatisfy((error) => isFault(error, 'target-interrupted'))
    expect(calls).toHaveLength(6)
    expect(Date.now() - before).toBeGreaterThan(31_000)
    expect(Date.now() - before).toBeLessThan(120_000)
  })

  test.each([
    fault('target-denied', { path: 'a' }),
    fault('target-conflict', { key: 'a' }),
    fault('pin-mismatch', { path: 'a', pinned: 'b', found: 'c' }),
    new TypeError('a bug'),
  ])('is not tried again after %s', async (failure) => {
    const { target, calls } = faltering([failure])
    expect(await outcome(target.stat('a'))).toBe(failure)
    expect(calls).toHaveLength(1)
  })

  const refused = () => fault('target-unreachable', { place: 'images.example.org', reason: 'refused' })

  test('gives up soon on a server that was never reached', async () => {
    const { target, calls } = faltering(Array.from({ length: 20 }, refused))
    expect(await outcome(target.stat('a'))).toSatisfy((error) => isFault(error, 'target-unreachable'))
    expect(calls).toHaveLength(3)
  })

  test('is patient with a server that was reached before', async () => {
    const broken = faltering([cut(), ...Array.from({ length: 20 }, refused)])
    expect(await outcome(broken.target.stat('a'))).toBeInstanceOf(Error)
    expect(broken.calls).toHaveLength(6)
  })

  test('waits no longer once the user wants to stop', async () => {
    const { target, calls, stop } = faltering([cut(), cut()])
    const failed = target.stat('a').catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10)
    stop.abort(fault('interrupted', {}))
    expect(await failed).toSatisfy((error) => isFault(error, 'interrupted'))
    expect(calls).toHaveLength(1)
  })
})

describe('a swap whose answer was lost', () => {
  test('has happened, if the list is there', async () => {
    const { target, calls } = faltering([cut()], { bytes, tag: 'ours' })
    expect(await outcome(target.swap('one.list', bytes, 'old'))).toBe('ours')
    expect(calls).toEqual(['swap'])
  })

  test('is made again, if what is there is longer', async () => {
    const { target, calls } = faltering([cut()], { bytes: Buffer.from('theirs is longer'), tag: 'old' })
    expect(await outcome(target.swap('one.list', bytes, 'old'))).toBe('new')
    expect(calls).toEqual(['swap', 'swap'])
  })

  test('is made again, if another one is there', async () => {
    const { target, calls } = faltering([cut()], { bytes: Buffer.from('theirs'), tag: 'old' })
    expect(await outcome(target.swap('one.list', bytes, 'old'))).toBe('new')
    expect(calls).toEqual(['swap', 'swap'])
  })
})
