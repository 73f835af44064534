import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { openLocal } from '../../src/targets/local.ts'
import { openTarget } from '../../src/targets/open.ts'
import { noise, sourceOf } from '../support/bytes-source.ts'
import { keyringOf, targetTo } from '../support/targets.ts'
import { asNobody, smallDisk } from '../support/hard-places.ts'
import { temporaryFolder } from '../support/repository.ts'
import { targetContract } from './contract.ts'
import { fails } from '../support/faults.ts'

targetContract('file:', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vmcast-local-')))
  return {
    open: () => openLocal({ to: 'file:./public/' }, { base: root }),
    files: () => filesBelow(join(root, 'public')),
    async put(key, bytes) {
      const path = join(root, 'public', key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, bytes)
    },
    remove: () => rm(root, { recursive: true }),
  }
})

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  await mkdir(folder, { recursive: true })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => !one.isDirectory()).map((one) => join(one.parentPath, one.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  )
}

const text = (content: string) => Buffer.from(content)
const open = (to: string, base: string) => openTarget(targetTo(to), keyringOf(base))
const write = async (to: string, base: string) =>
  (await open(to, base)).write('~x.partial', sourceOf([text('abc')]), () => 'x.raw')

describe('the address of a folder', () => {
  test('is relative to the folder of vmcast.yaml, or absolute', async () => {
    const base = await temporaryFolder()
    for (const to of ['file:./public/', 'file:with%20space', `file:${base}/srv/`, `file://${base}/srv2/`]) {
      await write(to, base)
    }
    const paths = ['public', 'with space', 'srv', 'srv2'].map((name) => join(base, name, 'x.raw'))
    expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(paths.map(() => 'abc'))
  })

  test.each(['file://host.example.org/srv/', 'file:./public/?a', 'file:./public/#a'])(
    '%s is refused',
    async (to) => {
      await expect(open(to, tmpdir())).rejects.toSatisfy(fails('target-address'))
    },
  )

  test.each(['gopher://user:secret@example.org/', './public/'])(
    'without a driver, %s is refused with the known ones, and without its secrets',
    async (to) => {
      const error: unknown = await open(to, tmpdir()).catch((thrown: unknown) => thrown)
      expect(isFault(error, 'target-scheme') && error.remedy).toContain('file')
      expect(String(error)).not.toContain('secret')
    },
  )

  test('looking into a folder that is not there yet makes nothing', async () => {
    const base = await temporaryFolder()
    const target = await openLocal({ to: 'file:./public/' }, { base: base })
    expect(await target.read('one.list', 10)).toBeNull()
    expect(await readdir(base)).toEqual([])
  })

  test('a missing parent is an error, before anything is read from a disk that is not mounted', async () => {
    const base = await temporaryFolder()
    await expect(openLocal({ to: 'file:./mnt/public/' }, { base: base })).rejects.toSatisfy(
      fails('target-no-parent'),
    )
    expect(await readdir(base)).toEqual([])
  })
})

describe('symbolic links', () => {
  test('up to the folder are followed, once', async () => {
    const base = await temporaryFolder()
    await mkdir(join(base, 'disk1'))
    await mkdir(join(base, 'disk2'))
    await symlink('disk1', join(base, 'public'))
    const target = await openLocal({ to: 'file:./public/' }, { base: base })
    await rm(join(base, 'public'))
    await symlink('disk2', join(base, 'public'))
    await target.swap('one.list', text('first'), null)
    expect(await readdir(join(base, 'disk1'))).toEqual(['one.list'])
  })

  test('below it are never followed: neither folders nor files', async () => {
    const base = await temporaryFolder()
    await mkdir(join(base, 'public'))
    await mkdir(join(base, 'outside'))
    await writeFile(join(base, 'outside', 'secret'), 'secret')
    await symlink('../outside', join(base, 'public', 'images'))
    await symlink('../outside/secret', join(base, 'public', 'secret'))
    await symlink('../outside/new', join(base, 'public', 'new'))
    await symlink('../outside/new', join(base, 'public', '~x.partial'))
    const target = await openLocal({ to: 'file:./public/' }, { base: base })

    for (const key of ['images/secret', 'secret']) {
      await expect(target.stat(key)).rejects.toSatisfy(fails('target-link'))
      await expect(target.read(key, 100)).rejects.toSatisfy(fails('target-link'))
      await expect(target.swap(key, text('x'), null)).rejects.toSatisfy(fails('target-link'))
    }
    await expect(target.remove('images/secret')).rejects.toSatisfy(fails('target-link'))
    const staged = (key: string) => target.write(key, sourceOf([text('x')]), () => 'new')
    await expect(staged('~x.partial')).rejects.toSatisfy(fails('target-link'))
    await expect(target.write('images/~x', sourceOf([text('x')]), () => 'images/x')).rejects.toSatisfy(
      fails('target-link'),
    )
    expect([...(await filesBelow(join(base, 'outside'))).keys()]).toEqual(['secret'])
  })

  test('what is neither file nor folder where one has to be is an error', async () => {
    const base = await temporaryFolder()
    await mkdir(join(base, 'public', 'one.list'), { recursive: true })
    await writeFile(join(base, 'public', 'images'), 'a file')
    const target = await openLocal({ to: 'file:./public/' }, { base: base })
    await expect(target.stat('one.list')).rejects.toSatisfy(fails('target-not-file'))
    await expect(target.read('one.list', 10)).rejects.toSatisfy(fails('target-not-file'))
    await expect(target.swap('one.list', text('x'), null)).rejects.toSatisfy(fails('target-not-file'))
    await expect(target.stat('images/x')).rejects.toSatisfy(fails('target-not-file'))
  })
})

describe('a publisher that knows no locks', () => {
  test.each([true, false])(
    'is noticed right before the swap, a list being there before: %s',
    async (before) => {
      const base = await temporaryFolder()
      const target = await openLocal({ to: 'file:./public/' }, { base: base })
      const tag = await target.swap('one.list', text('first'), null)
      if (!before) await target.remove('one.list')
      const watcher = watch(join(base, 'public'), (_, name) => {
        if (name?.endsWith('.tmp')) writeFileSync(join(base, 'public', 'one.list'), 'theirs')
      })
      onTestFinished(() => {
        watcher.close()
      })
      const large = Buffer.alloc(20_000_000)
      await expect(target.swap('one.list', large, before ? tag : null)).rejects.toSatisfy(
        fails('target-conflict'),
      )
      expect(await filesBelow(join(base, 'public'))).toEqual(new Map([['one.list', text('theirs')]]))
    },
  )
})

describe('modes', () => {
  test('are fit for a web server, whatever the umask; a folder that hands down its group goes on doing so', async () => {
    const base = await temporaryFolder()
    await mkdir(join(base, 'public'))
    await chmod(join(base, 'public'), 0o2755)
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    const target = await openLocal({ to: 'file:./public/' }, { base: base })
    await target.write('a/b/~x.partial', sourceOf([text('x')]), () => 'a/b/x.raw')
    await target.swap('a/one.list', text('x'), null)

    const mode = async (path: string) => ((await lstat(join(base, 'public', path))).mode & 0o777).toString(8)
    expect(await Promise.all(['a', 'a/b', 'a/b/x.raw', 'a/one.list'].map(mode))).toEqual([
      '755',
      '755',
      '644',
      '644',
    ])
    expect((await lstat(join(base, 'public/a/b'))).mode & 0o2000).toBe(0o2000)
  })
})

describe('hard places', () => {
  test('a folder without write permission: a clear error, and nothing left behind', async () => {
    const base = await temporaryFolder()
    await mkdir(join(base, 'public', 'images'), { recursive: true })
    await writeFile(join(base, 'public', 'one.list'), 'first')
    await chmod(base, 0o755)
    await chmod(join(base, 'public'), 0o555)
    const target = await openLocal({ to: 'file:./public/' }, { base: base })
    const tag = (await target.read('one.list', 100))?.tag ?? null
    const attempts = () =>
      Promise.allSettled([
        target.write('~x.partial', sourceOf([text('x')]), () => 'x.raw'),
        target.write('new/~x.partial', sourceOf([text('x')]), () => 'new/x.raw'),
        target.swap('one.list', text('second'), tag),
        target.remove('one.list'),
      ])
    const results = await asNobody(attempts)
    await chmod(join(base, 'public'), 0o755)
    const codes = results.map((one) => one.status === 'rejected' && isFault(one.reason, 'target-denied'))
    expect(codes).toEqual([true, true, true, true])
    expect([...(await filesBelow(join(base, 'public'))).keys()]).toEqual(['one.list'])
  })

  test('a full disk, at the image or at the list: a clear error, nothing left behind, the old list stays', async () => {
    const disk = await smallDisk(1024 * 1024)
    const target = await openLocal({ to: `file:${disk.folder}/` }, { base: '/' })
    const tag = await target.swap('one.list', text('first'), null)
    const big = noise(3_000_000)
    await expect(target.write('~x.partial', sourceOf(big), () => 'x.raw')).rejects.toSatisfy(
      fails('target-full'),
    )
    await expect(target.swap('one.list', Buffer.concat(big), tag)).rejects.toSatisfy(fails('target-full'))
    expect([...(await filesBelow(disk.folder)).keys()]).toEqual(['one.list'])
    expect((await target.read('one.list', 100))?.tag).toBe(tag)

    await target.write('~x.partial', sourceOf([text('small')]), () => 'x.raw')
    expect([...(await filesBelow(disk.folder)).keys()].sort()).toEqual(['one.list', 'x.raw'])
  })

  test('a read-only disk: a clear error', async () => {
    const disk = await smallDisk(1024 * 1024)
    const target = await openLocal({ to: `file:${disk.folder}/` }, { base: '/' })
    const tag = await target.swap('one.list', text('first'), null)
    await disk.makeReadOnly()
    await expect(target.swap('one.list', text('second'), tag)).rejects.toSatisfy(fails(disk.readOnlyFault))
    await expect(target.write('~x.partial', sourceOf([text('x')]), () => 'x.raw')).rejects.toSatisfy(
      fails(disk.readOnlyFault),
    )
    expect([...(await filesBelow(disk.folder)).keys()]).toEqual(['one.list'])
  })
})
