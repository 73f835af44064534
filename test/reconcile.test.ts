import { createHash } from 'node:crypto'
import { readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { makeSampleRepository } from '../scripts/sample-repository.ts'
import { vmcast } from './support/cli.ts'
import { renewEndorser } from './support/endorsers.ts'
import { editYaml, sampleRepository } from './support/repository.ts'
import { missingImages, subscribe } from './support/subscriber.ts'

const DAY = 86_400_000
const PREFIX = 'https://images.example.org/'
const inDays = (days: number) => new Date(Date.now() + days * DAY)

const listFile = (root: string, name = 'list-1') => join(root, 'public/lists', `${name}.list`)
const subscribed = (root: string, name?: string) => subscribe(listFile(root, name), join(root, 'pki/ca'))

/** A repository whose lists are published. */
async function published(sample: Parameters<typeof sampleRepository>[0] = {}): Promise<string> {
  const root = await sampleRepository(sample)
  const { status, stderr, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 })
  return root
}

test('publishes files and lists that openssl verifies, with all that they name', async () => {
  const root = await published({ lists: 3, images: 4 })
  for (const name of ['list-1', 'list-2', 'list-3']) {
    const list = await subscribed(root, name)
    expect(list.version).toBe('0.0.1')
    expect(list.images).toHaveLength(4)
    expect(await missingImages(list, join(root, 'public'), PREFIX)).toEqual([])
  }
})

test('does not touch what is as it should be', async () => {
  const root = await published()
  const before = [await readFile(listFile(root)), (await stat(listFile(root), { bigint: true })).mtimeNs]
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect(stdout).toContain('Nothing to do')
  expect(status).toBe(0)
  expect([await readFile(listFile(root)), (await stat(listFile(root), { bigint: true })).mtimeNs]).toEqual(
    before,
  )
})

test('publishes a new build under a new name and version, and leaves the old file', async () => {
  const root = await published()
  const [before] = (await subscribed(root)).images
  await makeSampleRepository(root, { lists: 1, images: 1, bytes: 4096, pinned: true, build: 2 })
  await editYaml(root, 'revoked', 'imagelists/list-1.yaml', [
    { 'dc:identifier': await identifierOf(root, 'image-1-2'), reason: 'no longer built' },
  ])
  expect((await vmcast({ cwd: root }, 'reconcile')).status).toBe(0)
  const list = await subscribed(root)
  expect(list.version).toBe('0.0.2')
  expect(list.images.map(({ uri }) => uri)).not.toContain(before?.uri)
  expect(await missingImages(list, join(root, 'public'), PREFIX)).toEqual([])
  expect(await readdir(join(root, 'public/images'))).toHaveLength(3)
})

async function identifierOf(root: string, image: string): Promise<string> {
  const yaml = await readFile(join(root, 'images', `${image}.yaml`), 'utf8')
  return /dc:identifier: (\S+)/.exec(yaml)?.[1] ?? ''
}

test('an image that leaves a list without a reason is refused by the guard', async () => {
  const root = await published()
  await editYaml(root, 'images', 'imagelists/list-1.yaml', ['image-1-1'])
  const refused = await vmcast({ cwd: root }, 'reconcile')
  expect(refused.status).toBe(3)
  expect(refused.stdout).toContain('--allow remove')
  expect((await subscribed(root)).images).toHaveLength(2)
  expect((await vmcast({ cwd: root }, 'reconcile', '--allow', 'remove')).status).toBe(0)
  expect((await subscribed(root)).images).toHaveLength(1)
})

test('renews when less than `renew` is left, and not before; an expired list is renewed as well', async () => {
  const root = await published()
  expect((await vmcast({ cwd: root, now: inDays(20) }, 'reconcile')).stdout).toContain('Nothing to do')
  const renewed = await vmcast({ cwd: root, now: inDays(22) }, 'reconcile')
  expect(renewed.stdout).toContain('version 0.0.2 published')
  const expired = await vmcast({ cwd: root, now: inDays(90) }, 'reconcile')
  expect(expired.stdout).toContain('version 0.0.3 published')
})

test('the end is capped at the certificate’s, and is not renewed for ever when that gains nothing', async () => {
  const root = await published()
  await renewEndorser(join(root, 'pki'), { from: inDays(-1), until: inDays(40) })
  expect((await vmcast({ cwd: root, now: inDays(25) }, 'reconcile')).stdout).toContain(
    'version 0.0.2 published',
  )
  // 15 days remained, and no lifetime of 28: what the certificate allows is what there is.
  expect((await vmcast({ cwd: root, now: inDays(36) }, 'reconcile')).stdout).toContain('Nothing to do')
})

test('a list whose endorser lapsed is taken up again, its version going on', async () => {
  const root = await published()
  await renewEndorser(join(root, 'pki'), { from: inDays(300), until: inDays(700) })
  const later = { cwd: root, now: inDays(400) }
  const refused = await vmcast(later, 'reconcile')
  expect(refused.status).toBe(3)
  expect(refused.stdout).toContain('--allow untrusted')
  const { status, stdout } = await vmcast(later, 'reconcile', '--allow', 'untrusted')
  expect(status).toBe(0)
  expect(stdout).toContain('version 0.0.2 published')
})

test('a broken list is only replaced by name, and above a floor', async () => {
  const root = await published()
  await writeFile(listFile(root), (await readFile(listFile(root), 'utf8')).replace('List 1', 'List I'))
  expect((await vmcast({ cwd: root }, 'reconcile')).status).toBe(1)
  await editYaml(root, 'hv:version', 'imagelists/list-1.yaml', '0.0.7')
  for (const image of ['image-1-1', 'image-1-2'])
    await editYaml(root, 'hv:version', `images/${image}.yaml`, '0.0.7')
  const refused = await vmcast({ cwd: root }, 'reconcile')
  expect(refused.status).toBe(3)
  const [, allow = ''] = /--allow (replace=[0-9a-f]{64})/.exec(refused.stdout) ?? []
  expect((await vmcast({ cwd: root }, 'reconcile', '--allow', allow)).status).toBe(0)
  expect((await subscribed(root)).version).toBe('0.0.7')
})

test('a list of another identifier at the address is never replaced', async () => {
  const root = await published()
  await editYaml(root, 'dc:identifier', 'imagelists/list-1.yaml', '4e186b44-2c64-40ea-97d5-e9e5c0bce059')
  const before = await readFile(listFile(root))
  const { status } = await vmcast(
    { cwd: root },
    'reconcile',
    '--allow',
    'adopt,signer,untrusted,remove,empty,dirty',
  )
  expect(status).toBe(1)
  expect(await readFile(listFile(root))).toEqual(before)
})

test('a list signed by other means is adopted only when that is said', async () => {
  const root = await published()
  const { stdout: json } = await vmcast({ cwd: root }, 'show', 'list-1')
  await writeFile(join(root, 'list.json'), json)
  const sign = [
    '-signer',
    'pki/usercert.pem',
    '-inkey',
    'pki/userkey.pem',
    '-in',
    'list.json',
    '-out',
    listFile(root),
  ]
  await execa('openssl', ['smime', '-sign', ...sign], { cwd: root })
  await editYaml(root, 'dc:description', 'imagelists/list-1.yaml', 'taken over')
  const refused = await vmcast({ cwd: root }, 'reconcile')
  expect(refused.status).toBe(3)
  expect(refused.stdout).toContain('--allow adopt')
  expect((await vmcast({ cwd: root }, 'reconcile', '--allow', 'adopt')).status).toBe(0)
})

test('an error in one list stops that list alone', async () => {
  const root = await sampleRepository({ lists: 2 })
  await rm(join(root, 'build/1-1.img'))
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect(status).toBe(1)
  expect(stdout).toContain('list-1: failed')
  expect(stdout).toContain('list-2: version 0.0.1 published')
  expect((await subscribed(root, 'list-2')).images).toHaveLength(2)
  await expect(stat(listFile(root))).rejects.toThrow('ENOENT')
})

test('a file that is not the pinned one is not published', async () => {
  const root = await sampleRepository({ pinned: true })
  await writeFile(join(root, 'build/1-1.img'), 'something else')
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect(status).toBe(1)
  expect(stdout).toContain('pinned')
  await expect(stat(listFile(root))).rejects.toThrow('ENOENT')
  expect(await readdir(join(root, 'public/images'))).toHaveLength(1)
})

test('carries out the plan that was approved, and no other', async () => {
  const root = await sampleRepository()
  await vmcast({ cwd: root }, 'plan', '--out', 'plan.json')
  const { checksum } = JSON.parse(await readFile(join(root, 'plan.json'), 'utf8')) as { checksum: string }
  await writeFile(join(root, 'build/1-1.img'), 'another build')
  for (const approval of [
    ['--expect', checksum],
    ['--plan', 'plan.json'],
  ]) {
    const { status, stderr } = await vmcast({ cwd: root }, 'reconcile', ...approval)
    expect(stderr).toContain('approved')
    expect(status).toBe(1)
  }
  await expect(stat(listFile(root))).rejects.toThrow('ENOENT')
  await makeSampleRepository(root, { lists: 1, images: 2, bytes: 4096, pinned: false })
  expect((await vmcast({ cwd: root }, 'reconcile', '--plan', 'plan.json')).status).toBe(0)
  // Nothing is left to do, which is another plan.
  expect((await vmcast({ cwd: root }, 'reconcile', '--expect', checksum)).status).toBe(1)
})

test('an approved file that changes after it was planned stops its list alone', async () => {
  const root = await sampleRepository({ lists: 2 })
  await vmcast({ cwd: root }, 'plan', '--out', 'plan.json')
  const file = join(root, 'build/1-1.img')
  const plan = JSON.parse(await readFile(join(root, 'plan.json'), 'utf8')) as { checksum: string }
  await editYaml(root, 'file', 'images/image-1-1.yaml', {
    path: '../build/1-1.img',
    sha512: await sumOf(file),
  })
  await vmcast({ cwd: root }, 'plan', '--out', 'pinned.json')
  expect(JSON.parse(await readFile(join(root, 'pinned.json'), 'utf8'))).toMatchObject({
    checksum: plan.checksum,
  })
  await writeFile(file, 'something else')
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile', '--plan', 'pinned.json')
  expect(status).toBe(1)
  expect(stdout).toContain('list-1: failed')
  expect(stdout).toContain('list-2: version 0.0.1 published')
})

const sumOf = async (file: string): Promise<string> =>
  createHash('sha512')
    .update(await readFile(file))
    .digest('hex')

test('in git, what is not committed is refused by the guard', async () => {
  const root = await sampleRepository()
  const git = (...args: string[]) => execa('git', args, { cwd: root })
  await writeFile(join(root, '.gitignore'), 'pki/\npublic/\nbuild/\n.cache/\n')
  await git('init', '-q')
  await git('add', '.')
  await git('-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org', 'commit', '-qm', 'first')
  await editYaml(root, 'dc:title', 'images/image-1-1.yaml', 'Another title')
  const refused = await vmcast({ cwd: root }, 'reconcile')
  expect(refused.status).toBe(3)
  expect(refused.stdout).toContain('--allow dirty')
  expect((await vmcast({ cwd: root }, 'reconcile', '--allow', 'dirty')).status).toBe(0)
})

test('a list without images is published; a list that loses its last one is refused by the guard', async () => {
  const root = await sampleRepository({ images: 0 })
  await editYaml(root, 'images', 'imagelists/list-1.yaml', [])
  expect((await vmcast({ cwd: root }, 'reconcile')).status).toBe(0)
  expect((await subscribed(root)).images).toEqual([])

  const other = await published({ images: 1 })
  await editYaml(other, 'images', 'imagelists/list-1.yaml', [])
  const refused = await vmcast({ cwd: other }, 'reconcile', '--allow', 'remove')
  expect(refused.status).toBe(3)
  expect(refused.stdout).toContain('--allow empty')
})

test.each([
  [
    'from the future',
    (root: string) => vmcast({ cwd: root, now: inDays(3) }, 'reconcile').then(() => undefined),
  ],
  ['larger than 8 MiB', (root: string) => truncate(listFile(root), 8 * 1024 * 1024 + 1)],
])('a published list that is %s stops the list', async (_, spoil) => {
  const root = await sampleRepository()
  await vmcast({ cwd: root }, 'reconcile')
  await editYaml(root, 'dc:title', 'imagelists/list-1.yaml', 'Another title')
  await spoil(root)
  await editYaml(root, 'dc:title', 'imagelists/list-1.yaml', 'A third title')
  const before = await stat(listFile(root))
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect(status).toBe(1)
  expect(stdout).toContain('list-1: failed')
  expect((await stat(listFile(root))).ino).toBe(before.ino)
})

test('an unreadable place is not “no list there yet”', async () => {
  const root = await published()
  await rm(listFile(root))
  await writeFile(join(root, 'elsewhere'), '')
  await execa('ln', ['-s', join(root, 'elsewhere'), listFile(root)])
  const { status, stdout } = await vmcast({ cwd: root }, 'reconcile')
  expect(stdout).toContain('symbolic link')
  expect(status).toBe(1)
})

test('`--json` tells programs what was published', async () => {
  const root = await sampleRepository()
  const { stdout } = await vmcast({ cwd: root }, 'reconcile', '--json')
  const { lists } = JSON.parse(stdout) as { lists: unknown[] }
  expect(lists).toMatchObject([{ name: 'list-1', state: 'published', version: { from: null, to: '0.0.1' } }])
})

test('says that an older list was put back, and goes on above the highest', async () => {
  const root = await published()
  const first = await readFile(listFile(root))
  await editYaml(root, 'dc:title', 'imagelists/list-1.yaml', 'A second edition')
  expect((await vmcast({ cwd: root }, 'reconcile')).status).toBe(0)
  await writeFile(listFile(root), first)
  for (const command of ['plan', 'status', 'doctor', 'history'])
    expect(
      (await vmcast({ cwd: root }, command, ...(command === 'history' ? ['list-1'] : []))).stdout,
    ).toContain('rolled-back')
  const { status, stderr } = await vmcast({ cwd: root }, 'reconcile')
  expect(status).toBe(0)
  expect(stderr).toContain('Warning: list-1: rolled-back')
  expect((await subscribed(root)).version).toBe('0.0.3')
})

describe('--expect renewals', () => {
  const renewals = (cwd: string, now?: Date) =>
    vmcast({ cwd, ...(now ? { now } : {}) }, 'reconcile', '--expect', 'renewals')

  test('signs anew what is about to expire, and publishes no change that nobody approved', async () => {
    const root = await published({ lists: 2 })
    await editYaml(root, 'dc:title', 'imagelists/list-2.yaml', 'Another title')
    const { status, stdout } = await renewals(root, inDays(22))
    expect(stdout).toContain('list-1: version 0.0.2 published')
    expect(stdout).toContain('list-2 is not only to be renewed')
    expect(status).toBe(3)
    expect((await subscribed(root, 'list-2')).version).toBe('0.0.1')
  })

  test('does nothing where nothing is about to expire, and nothing changed', async () => {
    const { status, stdout } = await renewals(await published())
    expect(stdout).toContain('Nothing to do')
    expect(status).toBe(0)
  })

  test('publishes no list for the first time', async () => {
    const root = await sampleRepository()
    expect((await renewals(root)).status).toBe(3)
    expect(await readdir(root)).not.toContain('public')
  })
})
