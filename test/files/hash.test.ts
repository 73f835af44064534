import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isFault } from '../../src/errors.ts'
import { ChecksumCache, identify } from '../../src/files/cache.ts'
import { hashFile, lookAt } from '../../src/files/hash.ts'
import { accessTo, pathOf, urlOf } from '../support/access.ts'
import { sha512 } from '../support/bytes-source.ts'
import { asNobody } from '../support/hard-places.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'

const text = (content: string) => Buffer.from(content)
const sumOf = (content: string) => sha512(text(content))

/** A file that looks as if nobody had touched it for a while; what matters is its ctime, which nobody can set. */
async function settled(content: string) {
  const root = await temporaryFolder()
  const path = join(root, 'image.raw')
  await writeFile(path, content)
  return { root, path, ...accessTo(root) }
}

const identityOf = async (path: string) => identify(path, await stat(path, { bigint: true }))
const aged = async (path: string) => {
  const identity = await identityOf(path)
  return { ...identity, modified: '1', changed: '1' }
}

describe('the cache', () => {
  test('gives what was put there for exactly this state of the file', async () => {
    const { root, path } = await settled('image')
    const cache = new ChecksumCache(join(root, 'cache'))
    const identity = await aged(path)
    expect(await cache.get(identity)).toBeNull()
    await cache.put(identity, sumOf('image'))
    expect(await cache.get(identity)).toBe(sumOf('image'))
    for (const key of ['path', 'device', 'inode', 'size', 'modified', 'changed'] as const) {
      expect(await cache.get({ ...identity, [key]: `${identity[key]}1` })).toBeNull()
    }
  })

  test('never keeps the sum of a file that changed a moment ago: it may change again unnoticed', async () => {
    const { root, path } = await settled('image')
    const cache = new ChecksumCache(join(root, 'cache'))
    const identity = await identityOf(path)
    await utimes(path, 1, 1) // its mtime is old, its ctime is not
    const touched = await identityOf(path)
    for (const racy of [identity, touched, { ...identity, modified: String((Date.now() + 1e6) * 1e6) }]) {
      await cache.put(racy, sumOf('image'))
      expect(await cache.get(racy)).toBeNull()
    }
  })

  test('is safe to delete, and takes no damaged entry', async () => {
    const { root, path } = await settled('image')
    const folder = join(root, 'cache')
    const cache = new ChecksumCache(folder)
    const identity = await aged(path)
    await cache.put(identity, sumOf('image'))
    const [name = ''] = await readdir(folder)
    const entry = await readFile(join(folder, name), 'utf8')
    for (const damaged of [
      '',
      'x',
      entry.slice(0, 128),
      entry.slice(0, -2),
      entry.replace(/^./, 'G'),
      `${entry}x`,
    ]) {
      await writeFile(join(folder, name), damaged)
      expect(await cache.get(identity)).toBeNull()
    }
    await rm(folder, { recursive: true })
    expect(await cache.get(identity)).toBeNull()
    await cache.put(identity, sumOf('image'))
    expect(await cache.get(identity)).toBe(sumOf('image'))
  })

  test('that cannot be written is no error', async () => {
    const { root, path } = await settled('image')
    await chmod(root, 0o755)
    const cache = new ChecksumCache(join(root, 'cache'))
    const identity = await aged(path)
    await asNobody(() => cache.put(identity, sumOf('image')).then(() => cache.get(identity)))
    const broken = new ChecksumCache(path)
    await broken.put(identity, sumOf('image'))
    expect(await broken.get(identity)).toBeNull()
  })

  test('is whole whoever writes at once, and keeps one entry for each path', async () => {
    const { root, path } = await settled('image')
    const folder = join(root, 'cache')
    const identity = await aged(path)
    const sums = Array.from({ length: 50 }, (_, at) => sumOf(String(at)))
    await Promise.all(sums.map((sum) => new ChecksumCache(folder).put(identity, sum)))
    expect(sums).toContain(await new ChecksumCache(folder).get(identity))
    expect(await readdir(folder)).toHaveLength(1)
  })
})

/** Waits until the file's last change lies so far back that its sum may be kept. */
async function waitUntilSettled(path: string): Promise<void> {
  const { ctimeMs } = await stat(path)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ctimeMs + 2_050 - Date.now())))
}

describe('hashFile', () => {
  test('reads an unchanged file once, and a changed one again', async () => {
    const { root, path, access, read } = await settled('image')
    await waitUntilSettled(path)
    const expected = { sha512: sumOf('image'), size: 5, kind: 'raw' }
    expect(await hashFile('x', pathOf(path), access)).toEqual(expected)
    expect(await hashFile('x', pathOf(path), access)).toEqual(expected)
    expect(read.get('x')).toBe(5)

    const { atime, mtime } = await stat(path)
    await writeFile(path, 'other')
    await utimes(path, atime, mtime)
    expect((await hashFile('x', pathOf(path), access)).sha512).toBe(sumOf('other'))
    await writeFile(join(root, 'new'), 'third')
    await rename(join(root, 'new'), path)
    expect((await hashFile('x', pathOf(path), access)).sha512).toBe(sumOf('third'))
    await truncate(path, 3)
    expect((await hashFile('x', pathOf(path), access)).sha512).toBe(sumOf('thi'))
  })

  test('says what the file is, not what its pin says', async () => {
    const { path, access } = await settled('BZh9')
    const found = await hashFile('x', pathOf(path, sumOf('other')), access)
    expect(found).toEqual({ sha512: sumOf('BZh9'), size: 4, kind: 'bz2' })
  })

  test('reads a file on the web', async () => {
    const { root } = await settled('')
    const origin = await serve((_, response) => response.end('image'))
    const { access } = accessTo(root, ['127.0.0.1'])
    const found = await hashFile('x', urlOf(origin, sumOf('other')), access)
    expect(found).toEqual({ sha512: sumOf('image'), size: 5, kind: 'raw' })
  })

  test('agrees with sha512sum on a file that is read in a thread', async () => {
    const { path, access } = await settled('')
    await truncate(path, 20_000_003)
    const sha512sum = spawn('openssl', ['dgst', '-sha512', '-r', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [[said], { sha512: found }] = await Promise.all([
      once(sha512sum.stdout, 'data') as Promise<[Buffer]>,
      hashFile('x', pathOf(path), access),
    ])
    expect(said.toString().slice(0, 128)).toBe(found)
  })
})

describe('lookAt', () => {
  test('leaves the reading for later, or does it; what was read is known from then on', async () => {
    const { path, access, read } = await settled('image')
    await waitUntilSettled(path)
    const unread = { source: null, size: 5, served: null }
    expect(await lookAt('x', pathOf(path), 'raw', 'defer', access)).toEqual(unread)
    expect(read.size).toBe(0)
    const known = { source: sumOf('image'), size: 5, served: { sha512: sumOf('image'), size: 5 } }
    expect(await lookAt('x', pathOf(path), 'raw', 'read', access)).toEqual(known)
    expect(await lookAt('x', pathOf(path), 'raw', 'defer', access)).toEqual(known)
  })

  test('does not know beforehand what comes out of compressing', async () => {
    const { path, access } = await settled('image')
    const facts = await lookAt('x', pathOf(path), 'raw.gz', 'read', access)
    expect(facts).toEqual({ source: sumOf('image'), size: 5, served: null })
  })

  test('refuses what is not of its format', async () => {
    const { path, access } = await settled('image')
    await expect(lookAt('x', pathOf(path), 'qcow2', 'defer', access)).rejects.toSatisfy((error) =>
      isFault(error, 'format-mismatch'),
    )
  })
})
