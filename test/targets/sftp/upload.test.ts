import { chmod, link, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SftpTimes } from '../../../src/targets/sftp.ts'
import type { Target } from '../../../src/targets/target.ts'
import { noise, sourceOf } from '../../support/bytes-source.ts'
import { FlakyProxy } from '../../support/flaky-proxy.ts'
import { smallDisk } from '../../support/hard-places.ts'
import { temporaryFolder } from '../../support/repository.ts'
import { startSshd, type Sshd } from '../../support/servers/sshd.ts'
import { openOn } from './open.ts'
import { fails } from '../../support/faults.ts'

const SIZE = 16 * 1024 * 1024
const CHUNKS = noise(SIZE, 700_001)
const BYTES = Buffer.concat(CHUNKS)

const names = async (folder: string) => (await readdir(folder)).sort()

describe.each([
  ['with a shell', []],
  ['without a shell', ['ForceCommand internal-sftp']],
])('%s', (_, options) => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd({ options })
  })
  afterAll(() => sshd.stop())

  /** A target behind a proxy that can make trouble. */
  async function behindProxy(times?: SftpTimes) {
    const folder = await temporaryFolder()
    const proxy = await FlakyProxy.start(sshd.port)
    onTestFinished(() => proxy.stop())
    const to = `sftp://${sshd.user}@127.0.0.1:${proxy.port}${folder}/`
    const target = await openOn(sshd, folder, { to, ...(times && { times }) })
    onTestFinished(() => target.close())
    return { folder, proxy, target }
  }
  const write = (target: Target, chunks: readonly Uint8Array[] = CHUNKS) =>
    target.write('~x.partial', sourceOf(chunks, { size: Buffer.concat(chunks).length }), () => 'x.raw')

  test('a broken upload is gone on with: only the rest is sent', async () => {
    const { folder, proxy, target } = await behindProxy()
    proxy.trouble({ way: 'to server', after: 14 * 1024 * 1024, then: 'cut' })
    await expect(write(target)).rejects.toSatisfy(fails('target-interrupted'))
    const { size, mode } = await stat(join(folder, '~x.partial'))
    expect(size).toBeGreaterThan(1024 * 1024)
    expect(mode & 0o777).toBe(0o600)

    proxy.passed()
    expect(await write(target)).toEqual({ size: SIZE })
    // The server may have worked off some more of what had reached it.
    const sent = proxy.passed()['to server']
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(SIZE - size + 1024 * 1024)
    expect(BYTES.equals(await readFile(join(folder, 'x.raw')))).toBe(true)
    expect(await names(folder)).toEqual(['x.raw'])
    expect((await stat(join(folder, 'x.raw'))).mode & 0o777).toBe(0o644)
  })

  test.each([
    ['another beginning', (bytes: Buffer) => bytes.fill(1, 0, 1)],
    ['a hole', (bytes: Buffer) => bytes.fill(0, 5_000_000, 5_100_000)],
    ['bytes too many', (bytes: Buffer) => Buffer.concat([bytes, BYTES])],
  ])('what was staged with %s is no beginning: all is sent again', async (_case, spoil) => {
    const { folder, proxy, target } = await behindProxy()
    await writeFile(join(folder, '~x.partial'), spoil(Buffer.from(BYTES.subarray(0, 10_000_000))), {
      mode: 0o600,
    })
    expect(await write(target)).toEqual({ size: SIZE })
    expect(proxy.passed()['to server']).toBeGreaterThan(SIZE)
    expect(BYTES.equals(await readFile(join(folder, 'x.raw')))).toBe(true)
    expect(await names(folder)).toEqual(['x.raw'])
  })

  test('what is complete, and may be published already, is never appended to', async () => {
    const { folder, target } = await behindProxy()
    await writeFile(join(folder, '~x.partial'), BYTES.subarray(0, 10_000_000))
    await chmod(join(folder, '~x.partial'), 0o644)
    await link(join(folder, '~x.partial'), join(folder, 'published.raw'))
    await write(target)
    expect((await stat(join(folder, 'published.raw'))).size).toBe(10_000_000)
    expect(await names(folder)).toEqual(['published.raw', 'x.raw'])
  })

  test.each([
    ['', (bytes: Buffer) => bytes, 0],
    [' but other', (bytes: Buffer) => bytes.fill(1, 0, 1), SIZE],
  ])('what is complete%s is published, and sent only where it differs', async (_case, spoil, least) => {
    const { folder, proxy, target } = await behindProxy()
    await writeFile(join(folder, '~x.partial'), spoil(Buffer.from(BYTES)))
    await chmod(join(folder, '~x.partial'), 0o644)
    await link(join(folder, '~x.partial'), join(folder, 'published.raw'))
    expect(await write(target)).toEqual({ size: SIZE })
    const sent = proxy.passed()['to server']
    expect(sent).toBeGreaterThan(least)
    expect(sent).toBeLessThan(least + 1024 * 1024)
    expect(BYTES.equals(await readFile(join(folder, 'x.raw')))).toBe(true)
    expect(spoil(Buffer.from(BYTES)).equals(await readFile(join(folder, 'published.raw')))).toBe(true)
    expect(await names(folder)).toEqual(['published.raw', 'x.raw'])
  })

  test('a source that is longer, shorter or other than what was staged: the file is the source', async () => {
    const { folder, target } = await behindProxy()
    for (const [at, size] of [9_000_000, 4_000_000, 12_345].entries()) {
      await writeFile(join(folder, '~x.partial'), BYTES.subarray(0, 9_000_000), { mode: 0o600 })
      const bytes = BYTES.subarray(0, size)
      await target.write('~x.partial', sourceOf([bytes]), () => `${at}.raw`)
      expect(bytes.equals(await readFile(join(folder, `${at}.raw`)))).toBe(true)
    }
  })

  test('a connection that falls silent is found out, and the next try goes on', async () => {
    const { folder, proxy, target } = await behindProxy({ patience: 1500 })
    await target.stat('x.raw')
    proxy.trouble({ way: 'to server', after: 6 * 1024 * 1024, then: 'stall' })
    await expect(write(target)).rejects.toSatisfy(fails('target-interrupted'))
    expect(await write(target)).toEqual({ size: SIZE })
    expect(await names(folder)).toEqual(['x.raw'])
  })

  test('cut anywhere in a swap: the list is whole, and the next try publishes; no lock, no draft stays', async () => {
    const locks = { pause: 20, patience: 10_000, heartbeat: 500, stale: 2000 }
    const { folder, proxy, target } = await behindProxy({ patience: 30_000, locks })
    let tag = await target.swap('one.list', Buffer.from('first'), null)
    for (const after of [0, 300, 900, 1500, 2100, 2700, 3300]) {
      proxy.trouble({ way: 'to server', after, then: 'cut' })
      const list = Buffer.from(`list ${after}`)
      const swapped = await target.swap('one.list', list, tag).catch(() => null)
      proxy.trouble(null)
      const there = await target.read('one.list', 100)
      const isThere = there !== null && list.equals(there.bytes)
      tag = swapped ?? (isThere ? there.tag : await target.swap('one.list', list, tag))
      expect(await readFile(join(folder, 'one.list'), 'utf8')).toBe(`list ${after}`)
    }
    await target.close()
    expect(await names(folder)).toEqual(['one.list'])
  })

  test('a full disk is named, and nothing stays that fills it', async () => {
    const disk = await smallDisk(2 * 1024 * 1024)
    await chmod(disk.folder, 0o755)
    const target = await openOn(sshd, disk.folder)
    onTestFinished(() => target.close())
    await expect(write(target)).rejects.toSatisfy(fails('target-full'))
    await expect(target.swap('one.list', BYTES, null)).rejects.toSatisfy(fails('target-full'))
    expect(await names(disk.folder)).toEqual([])
    await target.swap('one.list', Buffer.from('first'), null)
    expect(await names(disk.folder)).toEqual(['one.list'])
  })

  test('links at a file’s name are not followed; a folder in the way and a missing parent are named', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'secret'), 'secret')
    await mkdir(join(folder, 'public/folder'), { recursive: true })
    await symlink('../secret', join(folder, 'public/link'))
    const target = await openOn(sshd, join(folder, 'public'))
    onTestFinished(() => target.close())
    for (const attempt of [
      () => target.stat('link'),
      () => target.read('link', 10),
      () => target.swap('link', BYTES.subarray(0, 9), 'x'),
    ]) {
      await expect(attempt()).rejects.toSatisfy(fails('target-link'))
    }
    for (const attempt of [
      () => target.stat('folder'),
      () => target.read('folder', 10),
      () => target.remove('folder'),
    ]) {
      await expect(attempt()).rejects.toSatisfy(fails('target-not-file'))
    }
    const lost = await openOn(sshd, join(folder, 'not/mounted'))
    onTestFinished(() => lost.close())
    await expect(lost.read('one.list', 10)).rejects.toSatisfy(fails('target-no-parent'))
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
  })

  test('a file that loses bytes before it is checked is never published', async () => {
    const { folder, target } = await behindProxy()
    const source = sourceOf(CHUNKS, { size: SIZE })
    const spoiled = {
      ...source,
      digest: async () => {
        await truncate(join(folder, '~x.partial'), SIZE - 1)
        return await source.digest()
      },
    }
    await expect(target.write('~x.partial', spoiled, () => 'x.raw')).rejects.toSatisfy(
      fails('target-unverified'),
    )
    expect(await names(folder)).toEqual([])
  })
})

test('without a shell, one wrong byte is found where everything is read back', async () => {
  const sshd = await startSshd({ options: ['ForceCommand internal-sftp'] })
  onTestFinished(() => sshd.stop())
  const folder = await temporaryFolder()
  const target = await openOn(sshd, folder, { settings: { verify: 'full' } })
  onTestFinished(() => target.close())
  const source = sourceOf(CHUNKS, { size: SIZE })
  const spoiled = {
    ...source,
    digest: async () => {
      const bytes = await readFile(join(folder, '~x.partial'))
      bytes[7_000_000] = (bytes[7_000_000] ?? 0) ^ 1
      await writeFile(join(folder, '~x.partial'), bytes)
      return await source.digest()
    },
  }
  await expect(target.write('~x.partial', spoiled, () => 'x.raw')).rejects.toSatisfy(
    fails('target-unverified'),
  )
  expect(await names(folder)).toEqual([])
})
