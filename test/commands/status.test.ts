import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import type { ListStatus } from '../../src/model.ts'
import { vmcast } from '../support/cli.ts'
import { renewEndorser } from '../support/endorsers.ts'
import { editYaml, sampleRepository } from '../support/repository.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY)

async function published(): Promise<string> {
  const root = await sampleRepository({ lists: 2, pinned: true })
  const { status, stdout, stderr } = await vmcast({ cwd: root }, 'reconcile')
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 })
  return root
}

async function statusOf(cwd: string, now: Date, ...args: string[]) {
  const { status, stdout, stderr } = await vmcast({ cwd, now }, 'status', '--json', ...args)
  expect(stderr).not.toContain('Error')
  return { status, lists: (JSON.parse(stdout) as { lists: ListStatus[] }).lists }
}

describe('vmcast status', () => {
  test('shows version, days, drift and signer of every list', async () => {
    const root = await published()
    await editYaml(root, 'dc:title', 'imagelists/list-2.yaml', 'Another title')
    const { status, stdout } = await vmcast({ cwd: root, now: inDays(1) }, 'status')
    expect(status).toBe(0)
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(rows).toEqual([
      ['LIST', 'VERSION', 'ENDS IN', 'CERTIFICATE', 'IN GIT', 'SIGNER'],
      [
        'list-1',
        '0.0.1',
        '26 days',
        '363 days',
        'as in git',
        '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge',
      ],
      ['list-2', '0.0.1', '26 days', '363 days', 'changes', '/DC=org/DC=example/OU=Endorsers/CN=Owen Synge'],
    ])
  })

  test('a list that was never published is no alarm', async () => {
    const root = await sampleRepository({ pinned: true })
    expect(await statusOf(root, new Date())).toMatchObject({
      status: 0,
      lists: [{ version: null, signer: null, drift: 'add', alarms: [] }],
    })
  })

  test('an end that is near is an alarm, by the days that a monitor asks for', async () => {
    const root = await published()
    expect((await statusOf(root, inDays(20))).status).toBe(0)
    expect((await statusOf(root, inDays(20), '--within', '9d')).status).toBe(1)
    expect((await statusOf(root, inDays(20), '--within', '9d', '--list', 'list-1')).lists).toHaveLength(1)
    const near = await statusOf(root, inDays(22))
    expect(near).toMatchObject({ status: 1, lists: [{ daysLeft: 5, drift: 'renew' }, {}] })
    expect(near.lists[0]?.alarms.join()).toContain('The list ends at')
    const past = await statusOf(root, inDays(40))
    expect(past.lists[0]?.alarms.join()).toContain('The list ended at')
  })

  test('so is the end of its signer’s certificate, and a signer that is no longer trusted', async () => {
    const root = await sampleRepository({ pinned: true })
    await renewEndorser(join(root, 'pki'), { from: inDays(-1), until: inDays(10) })
    await vmcast({ cwd: root }, 'reconcile')
    const near = await statusOf(root, inDays(5))
    expect(near.status).toBe(1)
    expect(near.lists[0]?.alarms.join()).toContain('A certificate that it was signed with ends at')
    await renewEndorser(join(root, 'pki'), { from: inDays(-1), until: inDays(300) })
    const gone = await statusOf(root, inDays(20))
    expect(gone.lists[0]?.alarms.join()).toContain('no longer trusted')
  })

  test('so is a list that is not intact, or cannot be planned', async () => {
    const root = await published()
    const list = join(root, 'public/lists/list-1.list')
    await writeFile(list, (await readFile(list, 'utf8')).replace('List 1', 'List I'))
    const { status, lists } = await statusOf(root, new Date())
    expect(status).toBe(1)
    expect(lists.map(({ alarms }) => alarms.length > 0)).toEqual([true, false])
    expect(lists[0]?.alarms.join()).toContain('It is no intact list')
  })

  test('so is a list that was taken away, where a tag knows of it', async () => {
    const root = await published()
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org', ...args], {
        cwd: root,
      })
    await writeFile(join(root, '.gitignore'), 'pki/\npublic/\nbuild/\n.cache/\n')
    await git('init', '-q')
    await git('add', '.')
    await git('commit', '-q', '-m', 'Begin')
    await git('tag', 'published/list-2/0.0.4')
    await rm(join(root, 'public/lists'), { recursive: true })
    const { status, lists } = await statusOf(root, new Date())
    expect(status).toBe(1)
    expect(lists).toMatchObject([
      { rolledBack: null, alarms: [] },
      {
        rolledBack: { version: '0.0.4', by: 'tag' },
        alarms: ['rolled-back: version 0.0.4 was published before.'],
      },
    ])
    const { stdout } = await vmcast({ cwd: root }, 'reconcile')
    expect(stdout).toContain('list-2: version 0.0.5 published')
    expect(stdout).toContain('list-1: version 0.0.1 published')
  })

  test('a span that is none is named', async () => {
    const root = await sampleRepository()
    const { status, stderr } = await vmcast({ cwd: root }, 'status', '--within', 'soon')
    expect(status).toBe(1)
    expect(stderr).toContain('soon is no span of time')
  })
})
