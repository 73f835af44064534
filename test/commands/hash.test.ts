import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changed, contentRepository, GOOD, snapshot } from '../support/content.ts'
import { vmcast } from '../support/cli.ts'

const IMAGE = 'images/debian-12.yaml'
const disk = (content: string) => Buffer.from(`QFI\xfb${content}`, 'latin1')
const BYTES = disk(', and so on')
const sumOf = (bytes: string | Uint8Array) => createHash('sha512').update(bytes).digest('hex')
const SUM = sumOf(BYTES)
const SHORT = `${SUM.slice(0, 16)}…`

async function built(files: Record<string, string> = {}): Promise<string> {
  const cwd = await contentRepository(files)
  await mkdir(join(cwd, 'build'), { recursive: true })
  await writeFile(join(cwd, 'build/debian-12.qcow2'), BYTES)
  return cwd
}

const read = (cwd: string, file: string) => readFile(join(cwd, file), 'utf8')

describe('vmcast hash', () => {
  test('pins every image with a path, and says what changed', async () => {
    const cwd = await built({ [IMAGE]: `# kept\n${GOOD[IMAGE] ?? ''}  # kept too\n` })
    const first = await vmcast({ cwd }, 'hash')
    expect([first.status, first.stdout]).toEqual([0, `debian-12: (none) → ${SHORT}\n`])
    expect(await read(cwd, IMAGE)).toBe(`# kept\n${GOOD[IMAGE] ?? ''}  sha512: ${SUM}\n  # kept too\n`)

    const again = await vmcast({ cwd }, 'hash', 'debian-12')
    expect([again.status, again.stdout]).toEqual([0, `debian-12: ${SHORT}, unchanged\n`])

    const other = disk('built again')
    await writeFile(join(cwd, 'build/debian-12.qcow2'), other)
    const third = await vmcast({ cwd }, 'hash')
    expect(third.stdout).toBe(`debian-12: ${SHORT} → ${sumOf(other).slice(0, 16)}…\n`)
    expect(await read(cwd, IMAGE)).toContain(`  sha512: ${sumOf(other)}\n  # kept too\n`)
  })

  test('a file that is not of its hv:format is not pinned', async () => {
    const cwd = await built()
    await writeFile(join(cwd, 'build/debian-12.qcow2'), 'a raw disk')
    const { status, stdout, stderr } = await vmcast({ cwd }, 'hash')
    expect([status, stdout]).toEqual([1, 'debian-12: not pinned\n'])
    expect(stderr).toContain('hv:format says qcow2, but the file of debian-12 looks like a raw disk.')
    expect(await read(cwd, IMAGE)).toBe(GOOD[IMAGE])
  })

  test('one image that cannot be pinned does not keep the others', async () => {
    const cwd = await built({
      'images/missing.yaml': (GOOD[IMAGE] ?? '').replace('debian-12.qcow2', 'missing.qcow2'),
      'images/hosted.yaml': 'hv:uri: https://cdn.example.com/a\n',
    })
    const { status, stdout, stderr } = await vmcast({ cwd }, 'hash')
    expect([status, stdout]).toEqual([1, `debian-12: (none) → ${SHORT}\nmissing: not pinned\n`])
    expect(stderr).toMatch(/missing: There is no image file at .*missing\.qcow2/)
    expect(await read(cwd, IMAGE)).toContain(SUM)
  })

  test('a file outside the repository is pinned, since somebody asked for it', async () => {
    const cwd = await built(changed(IMAGE, '../build/', '../../'))
    const outside = join(cwd, '../debian-12.qcow2')
    await writeFile(outside, BYTES)
    try {
      expect((await vmcast({ cwd }, 'validate')).status).toBe(1)
      expect((await vmcast({ cwd }, 'hash')).status).toBe(0)
      expect((await vmcast({ cwd }, 'validate')).status).toBe(0)
    } finally {
      await rm(outside)
    }
  })

  test.each([
    ['an image that is not there', ['debian-13'], /no image named debian-13/, {}],
    [
      'an image that has no file',
      ['hosted'],
      /no file to pin/,
      { 'images/hosted.yaml': 'hv:uri: https://a/\n' },
    ],
    ['a file that cannot be read', ['broken'], /Broken YAML/, { 'images/broken.yaml': 'a: [\n' }],
    [
      'the system’s own',
      ['system'],
      /\/proc/,
      { 'images/system.yaml': 'file:\n  path: /proc/self/environ\n' },
    ],
    [
      'YAML that cannot be edited',
      ['odd'],
      /by hand/,
      { 'images/odd.yaml': 'x:y: &f {path: ../build/debian-12.qcow2}\nfile: *f\n' },
    ],
  ])('%s', async (_what, names, message, files) => {
    const cwd = await built(files)
    const before = await snapshot(join(cwd, 'images'))
    const { status, stderr } = await vmcast({ cwd }, 'hash', ...names)
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
    expect(await snapshot(join(cwd, 'images'))).toEqual(before)
  })

  test('as JSON', async () => {
    const cwd = await built()
    const { stdout } = await vmcast({ cwd }, 'hash', '--json')
    expect(JSON.parse(stdout)).toEqual({ images: [{ name: 'debian-12', file: IMAGE, from: null, to: SUM }] })
  })
})
