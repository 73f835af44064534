import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeSampleRepository, type Sample } from '../../scripts/sample-repository.ts'
import { runCli } from '../support/cli-process.ts'
import { vmcast } from '../support/cli.ts'
import { sampleRepository } from '../support/repository.ts'
import { missingImages, subscribe } from '../support/subscriber.ts'

const PREFIX = 'https://images.example.org/'
const SAMPLE: Sample = { lists: 2, images: 2, bytes: 3_000_000, pinned: false }

/** Runs reconcile, which dies when `doom` says so, asked at the start (0) and at each line. Gives the lines it had written. */
async function killed(cwd: string, doom: (kill: () => void, line: number) => void): Promise<number> {
  const { lines } = await runCli(
    {
      cwd,
      watch: (child, _, count) => {
        doom(() => void child.kill('SIGKILL'), count)
      },
    },
    'reconcile',
  )
  return lines.length
}

/** Each list that is out there verifies, and all it names is there; returns their versions. */
async function soundVersions(root: string): Promise<string[]> {
  const versions: string[] = []
  for (const name of ['list-1', 'list-2']) {
    const list = await subscribe(join(root, 'public/lists', `${name}.list`), join(root, 'pki/ca'))
    expect(await missingImages(list, join(root, 'public'), PREFIX)).toEqual([])
    versions.push(list.version)
  }
  return versions
}

/** One more build of every image, a reconcile that dies, and one that finishes: each version is used once. */
async function round(root: string, build: number, doom: Parameters<typeof killed>[1]): Promise<number> {
  await makeSampleRepository(root, { ...SAMPLE, build })
  const lines = await killed(root, doom)
  for (const version of await soundVersions(root))
    expect([`0.0.${build}`, `0.0.${build + 1}`]).toContain(version)
  const { status, stderr } = await vmcast({ cwd: root }, 'reconcile')
  expect(stderr).not.toContain('Error')
  expect(status).toBe(0)
  expect(await soundVersions(root)).toEqual([`0.0.${build + 1}`, `0.0.${build + 1}`])
  return lines
}

async function published(): Promise<string> {
  const root = await sampleRepository(SAMPLE)
  const { status, stderr } = await vmcast({ cwd: root }, 'reconcile')
  expect(stderr).not.toContain('Error')
  expect(status).toBe(0)
  return root
}

test('killed after every line that it writes, it leaves whole lists, and the next run finishes', async () => {
  const root = await published()
  let steps = 0
  for (let at = 0; at <= steps; at++) {
    const lines = await round(root, at + 1, (kill, line) => {
      if (line === at) kill()
    })
    // A run that was killed at its last line so far may have had more to say.
    steps = Math.max(steps, Math.min(lines, at) + 1)
    if (lines < at) break
  }
  expect(steps).toBeGreaterThan(8)
}, 300_000)

test('killed at 100 random moments, it leaves whole lists, and the next run finishes', async () => {
  const root = await published()
  for (let build = 1; build <= 100; build++) {
    const moment = Math.random() * 900
    await round(root, build, (kill, line) => {
      if (line === 0) setTimeout(kill, moment)
    })
  }
}, 600_000)
