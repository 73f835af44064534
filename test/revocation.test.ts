import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { makeSampleRepository } from '../scripts/sample-repository.ts'
import { vmcast, type Result } from './support/cli.ts'
import { editYaml, sampleRepository } from './support/repository.ts'
import { subscribe } from './support/subscriber.ts'

const LIST = 'imagelists/list-1.yaml'
const done = async (running: Promise<Result>): Promise<Result> => {
  const result = await running
  expect({ ...result, status: result.status }).toMatchObject({ status: 0 })
  return result
}
const reconcile = (cwd: string, ...args: string[]) =>
  vmcast({ cwd }, 'reconcile', '--list', 'list-1', ...args)

const subscribed = (root: string) => subscribe(join(root, 'public/lists/list-1.list'), join(root, 'pki/ca'))

/** Takes the second image out of its list, with a reason. */
async function revoke(root: string): Promise<void> {
  const yaml = await readFile(join(root, 'images/image-1-2.yaml'), 'utf8')
  const identifier = /dc:identifier: (\S+)/.exec(yaml)?.[1]
  const files = (await readdir(join(root, 'images'))).sort()
  const staying = files.map((file) => file.replace('.yaml', '')).filter((name) => name !== 'image-1-2')
  await editYaml(root, 'images', LIST, staying)
  await editYaml(root, 'revoked', LIST, [{ 'dc:identifier': identifier, reason: 'CVE-2026-0001' }])
}

describe('an emergency revocation', () => {
  test.each([true, false])('goes out with every image file gone (pinned: %s)', async (pinned) => {
    const root = await sampleRepository({ images: 4, pinned })
    await done(reconcile(root))
    await rm(join(root, 'build'), { recursive: true })
    await rm(join(root, '.cache'), { recursive: true, force: true })
    await revoke(root)
    const { stdout } = await done(reconcile(root))
    expect(stdout).toContain('version 0.0.2 published')
    expect(stdout.includes('was not looked at')).toBe(!pinned)
    expect((await subscribed(root)).images).toHaveLength(3)
  })

  test('reads no file that was built anew: the next run publishes that', async () => {
    const root = await sampleRepository({ images: 2, pinned: false })
    await done(reconcile(root))
    const [before] = (await subscribed(root)).images
    await makeSampleRepository(root, { lists: 1, images: 2, bytes: 4096, pinned: false, build: 1 })
    await revoke(root)
    expect((await done(reconcile(root))).stdout).toContain('image-1-1 was not looked at')
    expect((await subscribed(root)).images).toEqual([before])
    await done(reconcile(root))
    const [after] = (await subscribed(root)).images
    expect(after?.sha512).not.toBe(before?.sha512)
  })

  test('goes out although what is published of another image is gone: that stays as it is out there', async () => {
    const root = await sampleRepository({ images: 2, pinned: true })
    await done(reconcile(root))
    await rm(join(root, 'public/images'), { recursive: true })
    await revoke(root)
    await done(reconcile(root))
    expect((await subscribed(root)).version).toBe('0.0.2')
  })

  test('but without a reason every image must be there', async () => {
    const root = await sampleRepository({ images: 2, pinned: false })
    await done(reconcile(root))
    await rm(join(root, 'build'), { recursive: true })
    await editYaml(root, 'images', LIST, ['image-1-1'])
    const { status, stdout } = await reconcile(root, '--allow', 'remove')
    expect(status).toBe(1)
    expect(stdout).toContain('build/1-1.img')
  })
})

describe('our own rollback, git revert', () => {
  async function git(root: string, ...args: string[]): Promise<void> {
    const identity = ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org']
    await execa('git', [...identity, ...args], { cwd: root })
  }

  test('needs no file at all while what was published of it is there: a signed copy says what that is', async () => {
    const sample = { lists: 1, images: 1, bytes: 4096, pinned: true }
    const root = await sampleRepository(sample)
    const pinned = await readFile(join(root, 'images/image-1-1.yaml'))
    await done(reconcile(root))
    const [first] = (await subscribed(root)).images
    await makeSampleRepository(root, { ...sample, build: 1 })
    await done(reconcile(root))
    // What lies at `path` is the second build, and then gone: the pin alone goes back.
    await writeFile(join(root, 'images/image-1-1.yaml'), pinned)
    await rm(join(root, 'build'), { recursive: true })
    expect((await vmcast({ cwd: root }, 'plan')).stdout).toContain('; nothing to upload.')
    await done(reconcile(root))
    expect(await subscribed(root)).toMatchObject({ version: '0.0.3', images: [first] })

    // Once that file is gone too, there is nothing that could be published.
    await makeSampleRepository(root, { ...sample, build: 2 })
    await done(reconcile(root))
    await writeFile(join(root, 'images/image-1-1.yaml'), pinned)
    await rm(join(root, 'build'), { recursive: true })
    await rm(join(root, 'public/images', first?.uri.split('/').at(-1) ?? ''))
    const { status, stdout } = await reconcile(root)
    expect(status).toBe(1)
    expect(stdout).toContain('build/1-1.img')
  })

  test('believes no copy that somebody else signed, or altered', async () => {
    const sample = { lists: 1, images: 1, bytes: 4096, pinned: true }
    const root = await sampleRepository(sample)
    const pinned = await readFile(join(root, 'images/image-1-1.yaml'))
    await done(reconcile(root))
    await makeSampleRepository(root, { ...sample, build: 1 })
    await done(reconcile(root))
    const folder = join(root, 'public/lists/list-1.list.history')
    const copy = (await readdir(folder)).find((name) => /^0\.0\.1_.*p7m$/.test(name)) ?? ''
    await writeFile(
      join(folder, copy),
      (await readFile(join(folder, copy), 'utf8')).replace('"kvm"', '"xen"'),
    )
    await writeFile(join(root, 'images/image-1-1.yaml'), pinned)
    await rm(join(root, 'build'), { recursive: true })
    expect((await reconcile(root)).status).toBe(1)
  })

  test.each([true, false])(
    'gives a higher version with the old bytes, under the name that they had (pinned: %s)',
    async (pinned) => {
      const sample = { lists: 1, images: 1, bytes: 4096, pinned }
      const root = await sampleRepository(sample)
      await git(root, 'init', '-q')
      await git(root, 'add', 'images', 'imagelists', 'vmcast.yaml', 'build', 'pki/ca', 'pki/usercert.pem')
      await git(root, 'commit', '-q', '-m', 'First build')
      await done(reconcile(root))
      const [first] = (await subscribed(root)).images
      await makeSampleRepository(root, { ...sample, build: 1 })
      await git(root, 'commit', '-q', '-a', '-m', 'Second build')
      await done(reconcile(root))

      const files = await readdir(join(root, 'public/images'))
      const path = join(root, 'public/images', first?.uri.split('/').at(-1) ?? '')
      const { ino } = await stat(path)
      await git(root, 'revert', '--no-edit', 'HEAD')
      await done(reconcile(root))
      const { version, images } = await subscribed(root)
      expect({ version, images }).toEqual({ version: '0.0.3', images: [first] })
      expect(await readdir(join(root, 'public/images'))).toEqual(files)
      expect((await stat(path)).ino).toBe(ino)
    },
  )
})
