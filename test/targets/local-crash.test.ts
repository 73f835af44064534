import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { openLocal } from '../../src/targets/local.ts'
import { myself, writeOwner } from '../../src/targets/local/owner.ts'
import { sourceOf } from '../support/bytes-source.ts'
import { isWhole } from '../support/list-bytes.ts'
import { temporaryFolder } from '../support/repository.ts'
import { fails } from '../support/faults.ts'

const SCRIPT = join(import.meta.dirname, '../support/local-publisher.ts')

type Publisher = ChildProcessByStdio<Writable, Readable, null>

/** Another process at work, once it says that it is. */
async function publisher(...args: string[]): Promise<Publisher> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  child.stdout.resume()
  return child
}

async function killed(child: Publisher): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const files = (folder: string) => readdir(join(folder, 'public')).then((names) => names.sort())
const open = (folder: string) => openLocal({ to: 'file:./public/' }, { base: folder })

test('a writer that is killed leaves no final name, and the next one clears up and goes on', async () => {
  const folder = await temporaryFolder()
  await killed(await publisher('write', folder))
  expect(await files(folder)).toEqual(['.~image.partial.lock', '~image.partial'])

  const target = await open(folder)
  await target.write('~image.partial', sourceOf([Buffer.from('abc')]), () => 'image.raw')
  expect(await files(folder)).toEqual(['image.raw'])
})

test('a writer that lives is not disturbed: another one is refused at once', async () => {
  const folder = await temporaryFolder()
  const child = await publisher('write', folder)
  const target = await open(folder)
  await expect(
    target.write('~image.partial', sourceOf([Buffer.from('abc')]), () => 'image.raw'),
  ).rejects.toSatisfy(fails('target-busy'))
  expect(await files(folder)).toEqual(['.~image.partial.lock', '~image.partial'])
  expect(child.exitCode).toBeNull()
})

test('publishers killed at any moment of a swap leave a whole list, and the next swap goes on', async () => {
  const folder = await temporaryFolder()
  const target = await open(folder)
  for (let round = 0; round < 12; round++) {
    const child = await publisher('swap', folder)
    await sleep(Math.random() * 30)
    await killed(child)
    const seen = await target.read('one.list', 1_000_000)
    expect(seen && isWhole(seen.bytes)).toBe(true)
  }
  const seen = await target.read('one.list', 1_000_000)
  await target.swap('one.list', Buffer.from('the end'), seen?.tag ?? null)
  expect(await files(folder)).toEqual(['one.list'])
})

test('of eight processes that find a dead process’s lock, one publishes', async () => {
  const folder = await temporaryFolder()
  await killed(await publisher('write', folder))
  const dead = await readlink(join(folder, 'public', '.~image.partial.lock'))
  await symlink(dead, join(folder, 'public', '.one.list.lock'))

  const racers = await Promise.all(
    Array.from({ length: 8 }, (_, at) => publisher('race', folder, `racer ${at}`)),
  )
  const ends = racers.map((child) => once(child, 'exit'))
  for (const racer of racers) racer.stdin.write('go\n')
  const statuses = (await Promise.all(ends)).map(([status]: unknown[]) => status)
  expect(statuses.sort()).toEqual([0, 3, 3, 3, 3, 3, 3, 3])
  expect(await files(folder)).toEqual(['.~image.partial.lock', 'one.list', '~image.partial'])
})

test('a lock whose process number now is another process’s is taken over', async () => {
  const folder = await temporaryFolder()
  const target = await open(folder)
  await target.swap('one.list', Buffer.from('first'), null)
  const lock = join(folder, 'public', '.two.list.lock')
  await symlink(writeOwner({ ...myself(), start: '1' }), lock)
  await target.swap('two.list', Buffer.from('first'), null)
  expect(await files(folder)).toEqual(['one.list', 'two.list'])
})

test.each([
  ['another machine', `1 1 00000000-0000-4000-8000-000000000000 elsewhere.example.org pid:[1]`],
  ['who knows whom', 'something'],
])('a lock of %s is respected, and the error names the file to remove', async (_, owner) => {
  const folder = await temporaryFolder()
  const target = await open(folder)
  await target.swap('one.list', Buffer.from('first'), null)
  const lock = join(folder, 'public', '.two.list.lock')
  await symlink(owner, lock)
  const error: unknown = await target
    .swap('two.list', Buffer.from('first'), null)
    .catch((thrown: unknown) => thrown)
  expect(isFault(error, 'target-lock-foreign') && error.remedy).toContain('.two.list.lock')
  expect(await files(folder)).toEqual(['.two.list.lock', 'one.list'])
})

test('a publisher whose lock was taken away publishes nothing', async () => {
  const folder = await temporaryFolder()
  const target = await open(folder)
  const source = sourceOf(
    (async function* () {
      yield Buffer.from('abc')
      await rm(join(folder, 'public', '.~image.partial.lock'))
    })(),
  )
  await expect(target.write('~image.partial', source, () => 'image.raw')).rejects.toSatisfy(
    fails('target-lock-lost'),
  )
  expect(await files(folder)).toEqual([])
})

test('what killed takeovers and swaps left is cleared up, what belongs to other names is not', async () => {
  const folder = await temporaryFolder()
  const target = await open(folder)
  const tag = await target.swap('one.list', Buffer.from('first'), null)
  const id = '00000000-0000-4000-8000-000000000000'
  for (const name of [`.one.list.${id}.tmp`, `.one.list.old.${id}.tmp`, '.one.list.tmp', '.htaccess']) {
    await writeFile(join(folder, 'public', name), 'left')
  }
  await target.swap('one.list', Buffer.from('second'), tag)
  expect(await files(folder)).toEqual(['.htaccess', `.one.list.old.${id}.tmp`, '.one.list.tmp', 'one.list'])
})
