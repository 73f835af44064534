import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { contentRepository, GOOD, snapshot, temporaryFolder } from '../support/content.ts'
import { vmcast } from '../support/cli.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const QCOW2 = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(1000)])
const sum = createHash('sha512').update(QCOW2).digest('hex')

const values = async (cwd: string, file: string) =>
  parse(await readFile(join(cwd, file), 'utf8')) as Record<string, unknown>

describe('vmcast new image', () => {
  test('from a file: what it tells is filled in', async () => {
    const cwd = await contentRepository({ 'build/Rocky-9-amd64.qcow2': QCOW2 })
    const { status, stdout } = await vmcast({ cwd }, 'new', 'image', 'build/Rocky-9-amd64.qcow2')
    expect([status, stdout]).toEqual([0, 'images/rocky-9-amd64.yaml\n'])
    expect(await values(cwd, 'images/rocky-9-amd64.yaml')).toMatchObject({
      'dc:identifier': expect.stringMatching(UUID) as unknown,
      'dc:title': 'Rocky-9-amd64',
      'hv:format': 'qcow2',
      'sl:arch': 'x86_64',
      'hv:uri': 'https://images.example.org/images/',
      file: { path: '../build/Rocky-9-amd64.qcow2', sha512: sum },
    })
    expect(await readFile(join(cwd, 'images/rocky-9-amd64.yaml'), 'utf8')).toContain('1008 bytes')
  })

  test('what nobody can know is empty, and validate asks for it', async () => {
    const cwd = await contentRepository({ 'build/disk.img': Buffer.alloc(1024) })
    await vmcast({ cwd }, 'new', 'image', 'build/disk.img', '--name', 'disk')
    const { stdout } = await vmcast({ cwd }, 'validate')
    const text = await readFile(join(cwd, 'images/disk.yaml'), 'utf8')
    expect(text).toContain('# Such as: "12"\nsl:osversion: ""')
    expect(text).toContain('# Such as: https://images.example.org/images/\nhv:uri')
    const asked = [...stdout.matchAll(/^images\/disk\.yaml:\d+:\d+: (\S+) is empty/gm)].map(([, key]) => key)
    expect(asked).toEqual(['sl:arch', 'sl:os', 'sl:osname', 'sl:osversion'])
    expect(await values(cwd, 'images/disk.yaml')).toMatchObject({ 'hv:format': 'raw' })
  })

  test.each([
    ['disk.qcow2.gz', '\x1f\x8b\x08', 'qcow2.gz'],
    ['disk.gz', '\x1f\x8b\x08', 'raw.gz'],
    ['disk.ova', `${'\0'.repeat(257)}ustar`, 'ova'],
    ['disk', 'KDMV', 'vmdk'],
  ])('%s', async (name, head, format) => {
    const cwd = await contentRepository({ [name]: Buffer.from(head, 'latin1') })
    await vmcast({ cwd }, 'new', 'image', name, '--name', 'made')
    expect(await values(cwd, 'images/made.yaml')).toMatchObject({ 'hv:format': format })
  })

  test('without a file, in an empty folder', async () => {
    const cwd = await temporaryFolder()
    expect((await vmcast({ cwd }, 'new', 'image')).stdout).toBe('images/new-image.yaml\n')
    expect(await values(cwd, 'images/new-image.yaml')).toMatchObject({
      'dc:identifier': expect.stringMatching(UUID) as unknown,
    })
  })

  test('never over a file that is there, unless forced', async () => {
    const cwd = await contentRepository()
    const before = await snapshot(cwd)
    const { status, stderr } = await vmcast({ cwd }, 'new', 'image', '--name', 'debian-12')
    expect(status).toBe(1)
    expect(stderr).toContain('--force')
    expect(await snapshot(cwd)).toEqual(before)
    expect((await vmcast({ cwd }, 'new', 'image', '--name', 'debian-12', '--force')).status).toBe(0)
    expect(await readFile(join(cwd, 'images/debian-12.yaml'), 'utf8')).not.toBe(GOOD['images/debian-12.yaml'])
  })

  test.each(['../escaped', 'a/b', '', '.hidden', '-rf', 'a\nb'])('never outside: %j', async (name) => {
    const cwd = await contentRepository()
    const before = await snapshot(join(cwd, '..', cwd.split('/').at(-1) ?? ''))
    const { status, stderr } = await vmcast({ cwd }, 'new', 'image', `--name=${name}`)
    expect(status).toBe(1)
    expect(stderr).toContain('can be called')
    expect(await snapshot(cwd)).toEqual(before)
  })

  test('never through a link that leads out', async () => {
    const cwd = await contentRepository({ 'images/debian-12.yaml': null })
    const outside = await temporaryFolder()
    await symlink(outside, join(cwd, 'images'))
    const { status, stderr } = await vmcast({ cwd }, 'new', 'image')
    expect(status).toBe(1)
    expect(stderr).toContain('out of the repository')
    expect((await snapshot(outside)).size).toBe(0)
  })

  test('editors are told where the schema is, if the repository has it', async () => {
    const cwd = await contentRepository()
    await vmcast({ cwd }, 'new', 'image', '--name', 'without')
    expect(await readFile(join(cwd, 'images/without.yaml'), 'utf8')).not.toContain('yaml-language-server')
    await mkdir(join(cwd, 'schema'))
    await writeFile(join(cwd, 'schema/image.schema.json'), '{}')
    await vmcast({ cwd }, 'new', 'image', '--name', 'with')
    expect(await readFile(join(cwd, 'images/with.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schema\/image\.schema\.json\n/,
    )
  })
})

describe('vmcast new imagelist', () => {
  test('a list that only lacks what nobody can know', async () => {
    const cwd = await contentRepository()
    expect((await vmcast({ cwd }, 'new', 'imagelist', '--name', 'second')).stdout).toBe(
      'imagelists/second.yaml\n',
    )
    const { stdout } = await vmcast({ cwd }, 'validate')
    const asked = [...stdout.matchAll(/^imagelists\/second\.yaml:\d+:\d+: (\S+) is empty/gm)].map(
      ([, key]) => key,
    )
    expect(asked).toEqual(['dc:title', 'hv:endorser/hv:x509/dc:creator', 'hv:endorser/hv:x509/hv:email'])
    expect(await values(cwd, 'imagelists/second.yaml')).toMatchObject({
      'hv:uri': 'https://images.example.org/lists/second.list',
      images: [],
      lifetime: '28d',
    })
  })
})
