import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { readdir, readlink, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { Lock, locked } from '../../src/targets/local/lock.ts'
import { isAlive, myself, parseOwner, writeOwner } from '../../src/targets/local/owner.ts'
import { temporaryFolder } from '../support/repository.ts'

const PATIENCE = 20_000

/** The lock's text of a process that has ended. */
async function deadText(): Promise<string> {
  const child = spawn('true')
  await once(child, 'exit')
  return writeOwner({ ...myself(), pid: child.pid ?? 0 })
}

test('one holder at a time, and no living one loses its lock, when many find a dead one’s', async () => {
  const folder = await temporaryFolder()
  const dead = await deadText()
  for (let round = 0; round < 20; round++) {
    await symlink(dead, join(folder, '.one.lock'))
    let holders = 0
    const work = async (lock: Lock) => {
      expect(++holders).toBe(1)
      await turn()
      await lock.check()
      expect(holders--).toBe(1)
    }
    await Promise.all(Array.from({ length: 8 }, () => locked(folder, 'one', PATIENCE, work)))
  }
  expect(await readdir(folder)).toEqual([])
})

test('a takeover that was killed in the middle is taken over, too', async () => {
  const folder = await temporaryFolder()
  for (const name of ['.one.lock', '.one.takeover.lock', '.one.takeover.takeover.lock']) {
    await symlink(await deadText(), join(folder, name))
  }
  await locked(folder, 'one', PATIENCE, (lock) => lock.check())
  expect(await readdir(folder)).toEqual([])
})

test('a holder that lives is waited for, but not for ever', async () => {
  const folder = await temporaryFolder()
  const first = await Lock.take(folder, 'one', 0)
  await expect(Lock.take(folder, 'one', 60)).rejects.toSatisfy((error) => isFault(error, 'target-busy'))
  const second = Lock.take(folder, 'one', PATIENCE)
  await first.release()
  await (await second).check()
})

test('what ran before this machine was booted is dead; what runs on another of its name is nobody’s to judge', async () => {
  const folder = await temporaryFolder()
  const [lock, me] = [join(folder, '.one.lock'), myself()]
  await symlink(writeOwner({ ...me, boot: 'before' }), lock)
  await locked(folder, 'one', PATIENCE, (held) => held.check())
  const [host = '', machine = '', ...others] = me.place.split(' ')
  expect(machine).toMatch(/^[0-9a-f-]{32,}$/)
  await symlink(writeOwner({ ...me, place: [host, '0'.repeat(32), ...others].join(' ') }), lock)
  await expect(Lock.take(folder, 'one', PATIENCE)).rejects.toSatisfy((error) =>
    isFault(error, 'target-lock-foreign'),
  )
})

test('releasing a lock that was lost leaves the next holder’s alone', async () => {
  const folder = await temporaryFolder()
  const lock = await Lock.take(folder, 'one', 0)
  const path = join(folder, '.one.lock')
  await rm(path)
  await symlink('somebody else', path)
  await expect(lock.check()).rejects.toSatisfy((error) => isFault(error, 'target-lock-lost'))
  await lock.release()
  expect(await readlink(path)).toBe('somebody else')
})

test('an owner is known again, each lock is another one, and anything else is nobody', () => {
  const owner = myself()
  expect(parseOwner(writeOwner(owner))).toEqual(owner)
  expect(writeOwner(owner)).not.toBe(writeOwner(owner))
  for (const text of ['', '1', '0 1 x y', writeOwner(owner).slice(0, 30)]) expect(parseOwner(text)).toBeNull()
})

test('alive is the very process, not another one of its number; in doubt it is', async () => {
  const me = myself()
  expect(isAlive(me)).toBe(true)
  expect(isAlive({ ...me, start: '1' })).toBe(false)
  expect(isAlive({ ...me, boot: 'another' })).toBe(false)
  expect(isAlive({ ...me, start: '-' })).toBe(true)
  expect(isAlive({ ...me, pid: 1, start: '-' })).toBe(true)
  const child = spawn('true')
  await once(child, 'exit')
  expect(isAlive({ ...me, pid: child.pid ?? 0 })).toBe(false)
})
