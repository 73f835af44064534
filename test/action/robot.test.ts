import { afterAll, beforeAll, expect, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { git } from '../support/runner/git.ts'
import type { Run } from '../support/runner/run.ts'
import { jobOf, notesOf, offered, Scene } from './scene.ts'

/*
 * The life of a list that a robot signs: each test goes on where the one before it ended.
 */

let scene: Scene
const all: Run[] = []
const noted = <T extends readonly Run[]>(runs: T): T => {
  all.push(...runs)
  return runs
}

beforeAll(async () => {
  scene = await Scene.open('robot')
})
afterAll(() => scene.hub.close())

test('a pull request shows what merging it would publish', async () => {
  const edit = (folder: string) => scene.fill(folder, { lists: 2, images: 2 })
  const { runs } = await scene.hub.propose({ branch: 'begin', title: 'Begin', edit })
  const [run] = noted(runs)
  const job = jobOf(run, 'plan')
  for (const text of [job.summary, scene.hub.github.comments[0]?.body]) {
    expect(text).toContain('**Plan: 6 to add, 0 to change, 0 to remove, 0 to renew')
    expect(text).toContain('/DC=org/DC=example/OU=Endorsers/CN=Owen Synge')
  }
  expect(notesOf(job, 'error')).toEqual([])
  expect(await scene.isPublished('list-1')).toBe(false)
})

test('merging it publishes, and tags what was published', async () => {
  const [pull] = scene.hub.github.pulls
  if (!pull) throw new Error('There is no pull request')
  const [run] = noted(await scene.hub.merge(pull))
  const job = jobOf(run, 'publish')
  expect(job.summary).toContain('published and verified')
  for (const name of ['list-1', 'list-2']) {
    const list = await scene.published(name)
    expect([list.version, list.images.length]).toEqual(['0.0.1', 2])
    expect(await git(scene.hub.repository, 'rev-parse', `published/${name}/0.0.1`)).toBe(run?.event.sha)
  }
})

test('a change is published with the next merge, squashed as well', async () => {
  const edit = async (folder: string) => {
    await scene.build(folder, 1, { lists: 2, images: 2 })
    await editYaml(folder, 'dc:description', 'imagelists/list-2.yaml', 'another description')
  }
  const { pull, runs } = await scene.hub.propose({ branch: 'build-1', edit })
  const { summary } = jobOf(noted(runs)[0], 'plan')
  expect(summary).toContain('0 to add, 6 to change')
  jobOf(noted(await scene.hub.merge(pull, 'squash'))[0], 'publish')
  expect((await scene.published('list-1')).version).toBe('0.0.2')
  expect((await scene.published('list-2')).version).toBe('0.0.2')
})

test('nothing is to do where a merge changes no list', async () => {
  const edit = (folder: string) => editYaml(folder, 'lifetime', 'imagelists/list-1.yaml', '28d')
  const { pull, runs } = await scene.hub.propose({ branch: 'nothing', edit })
  expect(jobOf(noted(runs)[0], 'plan').summary).toContain('**list-1** is up to date')
  const job = jobOf(noted(await scene.hub.merge(pull))[0], 'publish')
  expect(job.summary).toContain('as it should be')
  expect((await scene.published()).version).toBe('0.0.2')
})

test('an image leaves a list only where somebody says that it may', async () => {
  const edit = (folder: string) => editYaml(folder, 'images', 'imagelists/list-1.yaml', ['image-1-1'])
  const { pull, runs } = await scene.hub.propose({ branch: 'remove', edit })
  expect(jobOf(noted(runs)[0], 'plan').summary).toContain('needs `--allow remove`')
  const refused = jobOf(noted(await scene.hub.merge(pull))[0], 'publish', 'failure')
  expect(notesOf(refused, 'error').join()).toContain('remove')
  expect((await scene.published()).images).toHaveLength(2)

  const checksum = offered(refused)
  const order = { checksum, allow: 'remove' }
  jobOf(noted([await scene.hub.dispatch('vmcast-publish.yml', order)])[0], 'publish')
  const list = await scene.published()
  expect([list.version, list.images.length]).toEqual(['0.0.3', 1])
})

test('the schedule renews what is about to expire, and nothing that nobody approved', async () => {
  const edit = async (folder: string) => {
    await editYaml(folder, 'lifetime', 'imagelists/list-1.yaml', '60d')
    await editYaml(folder, 'renew', 'imagelists/list-1.yaml', '40d')
    await editYaml(folder, 'dc:description', 'imagelists/list-2.yaml', 'nobody approved this')
  }
  expect(await scene.hub.commit(edit, 'Change much [skip ci]')).toEqual([])
  const [run] = noted([await scene.hub.schedule('vmcast-renew.yml')])
  expect((await scene.published('list-1')).version).toBe('0.0.4')
  expect((await scene.published('list-2')).version).toBe('0.0.2')
  expect(notesOf(jobOf(run, 'renew'), 'warning').join()).toContain('nobody has approved that')
  jobOf(run, 'status')
  const [issue] = scene.hub.github.issues
  expect(issue?.body).toContain('**list-2**: What is published is not what is in git')
})

test('no secret was shown, and none was written down', async () => {
  expect(all.length).toBeGreaterThan(8)
  await scene.expectDiscreet(all)
})
