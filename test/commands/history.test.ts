import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Sample } from '../../scripts/sample-repository.ts'
import { vmcast, type Result } from '../support/cli.ts'
import { SFTP } from '../support/published-at.ts'
import { editYaml, sampleRepository } from '../support/repository.ts'

const SAMPLE: Sample = { lists: 1, images: 2, bytes: 4096, pinned: true }
const LIST = 'imagelists/list-1.yaml'

interface Place {
  readonly root: string
  readonly run: (...args: string[]) => Promise<Result>
}

/** Publishes 0.0.1, and 0.0.2 without an image that was revoked. */
async function twice(
  sample: Partial<Sample> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Place> {
  const root = await sampleRepository({ ...SAMPLE, ...sample })
  const run: Place['run'] = (...args) => vmcast({ cwd: root, env }, ...args)
  await done(run('reconcile'))
  await revoke(root)
  await done(run('reconcile'))
  return { root, run }
}

async function done(running: Promise<Result>): Promise<Result> {
  const result = await running
  expect({ ...result, status: result.status }).toMatchObject({ status: 0 })
  return result
}

async function revoke(root: string): Promise<void> {
  const yaml = await readFile(join(root, 'images/image-1-2.yaml'), 'utf8')
  const identifier = /dc:identifier: (\S+)/.exec(yaml)?.[1]
  await editYaml(root, 'images', LIST, ['image-1-1'])
  await editYaml(root, 'revoked', LIST, [{ 'dc:identifier': identifier, reason: 'CVE-2026-0001' }])
}

const historyFolder = (root: string) => join(root, 'public/lists/list-1.list.history')

describe('vmcast history', () => {
  test('shows every version, who published it, and why an image left', async () => {
    const { run } = await twice()
    const { stdout } = await done(run('history', 'list-1'))
    const lines = stdout.trim().split('\n')
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(['VERSION', '0.0.2', '', '0.0.1', 'The'])
    expect(lines[2]).toMatch(/Image 1-2 0\.0\.1 \(.*\) left: CVE-2026-0001/)
    expect(lines[1]).toContain('CN=Owen Synge')
    expect(lines.at(-1)).toBe('The history of list-1 is unbroken: 2 publications.')
  })

  test('names the commit, and whether that was all', async () => {
    const root = await sampleRepository(SAMPLE)
    const git = async (...args: string[]) =>
      (
        await execa('git', ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org', ...args], {
          cwd: root,
        })
      ).stdout
    await writeFile(join(root, '.gitignore'), 'pki/\npublic/\nbuild/\n.cache/\n')
    await git('init', '-q')
    await git('add', '.')
    await git('commit', '-q', '-m', 'Begin')
    await done(vmcast({ cwd: root }, 'reconcile'))
    await editYaml(root, 'dc:title', LIST, 'Another title')
    await done(vmcast({ cwd: root }, 'reconcile', '--allow', 'dirty'))
    const commit = await git('rev-parse', 'HEAD')
    const { stdout } = await done(vmcast({ cwd: root }, 'history', 'list-1', '--json'))
    const { entries } = JSON.parse(stdout) as { entries: { record: { commit: string } }[] }
    expect(entries.map(({ record }) => record.commit)).toEqual([`${commit}-dirty`, commit])
  })

  test('compares two versions, with the reasons of the records between them', async () => {
    const { root, run } = await twice()
    await editYaml(root, 'dc:title', LIST, 'Another title')
    await done(run('reconcile'))
    const { stdout } = await done(run('history', 'list-1', '--diff', '0.0.1', '0.0.3'))
    expect(stdout).toMatch(/version +0\.0\.1 → 0\.0\.3/)
    expect(stdout).toContain('revoked: CVE-2026-0001')
    expect(stdout).toContain('"List 1" → "Another title"')
    const unknown = await run('history', 'list-1', '--diff', '0.0.1', '0.0.9')
    expect(unknown.status).toBe(1)
    expect(unknown.stderr).toContain('Give a version that it holds: 0.0.3, 0.0.2, 0.0.1.')
  })

  test('says where it is broken, and exits with 1', async () => {
    const { root, run } = await twice()
    const names = await readdir(historyFolder(root))
    const record = names.find((name) => /^0\.0\.1_.*json$/.test(name)) ?? ''
    await rm(join(historyFolder(root), record))
    const { status, stdout } = await run('history', 'list-1')
    expect(status).toBe(1)
    expect(stdout).toContain('! its record is missing')
    expect(stdout).toContain('! The history of list-1 is broken at 1 of its 2 publications.')
    const json = await run('history', 'list-1', '--json')
    expect(json.status).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ unbroken: false, version: '0.0.2' })
  })

  test('of a list that is not published is none, and no fault; an unknown list is one', async () => {
    const root = await sampleRepository(SAMPLE)
    expect((await done(vmcast({ cwd: root }, 'history', 'list-1'))).stdout).toBe('list-1 is not published.\n')
    expect((await vmcast({ cwd: root }, 'history', 'list-9')).stderr).toContain('list-1')
  })

  test('needs no certificate and no key', async () => {
    const { root, run } = await twice()
    await rm(join(root, 'pki/usercert.pem'))
    await rm(join(root, 'pki/userkey.pem'))
    await done(run('history', 'list-1'))
  })
})

test('over ssh, a history is written, shown and followed, and a list that was put back is noticed', async () => {
  const scene = await sampleRepository(SAMPLE)
  const service = await SFTP.start(join(scene, 'pki'))
  onTestFinished(() => service.stop())
  const spot = await service.place()
  onTestFinished(() => spot.remove())
  const { target, env } = spot.reach(service.port)
  const { run } = await twice({ target }, env)

  expect([...(await spot.files()).keys()].filter((key) => key.includes('.history/'))).toHaveLength(5)
  await done(run('history', 'list-1'))

  const [copy = ''] = [...(await spot.files()).keys()].filter((key) => /0\.0\.1_.*\.p7m$/.test(key))
  const list = join(spot.folder ?? '', 'lists/list-1.list')
  await writeFile(list, await readFile(join(spot.folder ?? '', copy)))
  for (const command of [['plan'], ['status'], ['history', 'list-1']]) {
    const { stdout } = await run(...command)
    expect(stdout).toContain('rolled-back')
  }
  const { stdout } = await done(run('reconcile'))
  expect(stdout).toContain('version 0.0.3 published')
  expect(stdout).toContain('rolled-back')
  const { stdout: after } = await done(run('history', 'list-1'))
  expect(after).toContain('unbroken: 3 publications')
})
