import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { jobOf, notesOf, offered, Scene } from './scene.ts'

/*
 * Each image is uploaded by a machine of its own; the last job signs and publishes.
 */

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('many')
})
afterAll(() => scene.hub.close())

test('each image of the plan is a job of the matrix', async () => {
  const [run] = await scene.begin({ images: 3 })
  expect(run?.jobs.get('upload')?.map(({ result }) => result)).toEqual(['success', 'success', 'success'])
  const artifacts = await readdir(run?.artifacts ?? '', { recursive: true })
  const receipts = artifacts.flatMap((path) => /^receipts-\d\/(.*)\.json$/.exec(path)?.[1] ?? [])
  expect(receipts.sort()).toEqual(['image-1-1', 'image-1-2', 'image-1-3'])
  jobOf(run, 'publish')
  expect((await scene.published()).images).toHaveLength(3)
  await scene.expectDiscreet(run ? [run] : [])
})

test('where nothing is to be uploaded, that job is skipped', async () => {
  const edit = (folder: string) =>
    editYaml(folder, 'dc:description', 'imagelists/list-1.yaml', 'without uploads')
  const { pull } = await scene.hub.propose({ branch: 'describe', edit })
  const [run] = await scene.hub.merge(pull)
  jobOf(run, 'upload', 'skipped')
  jobOf(run, 'publish')
  expect((await scene.published()).version).toBe('0.0.2')

  const [again] = await scene.hub.merge((await scene.hub.propose({ branch: 'again', edit: touch })).pull)
  jobOf(again, 'plan')
  jobOf(again, 'publish', 'skipped')
})

const touch = (folder: string) => editYaml(folder, 'lifetime', 'imagelists/list-1.yaml', '28d')

test('a guard holds everything back, before anything is uploaded, until it is allowed', async () => {
  const edit = async (folder: string) => {
    await scene.build(folder, 1, { images: 3 })
    await editYaml(folder, 'images', 'imagelists/list-1.yaml', ['image-1-2'])
  }
  const { pull } = await scene.hub.propose({ branch: 'remove', edit })
  const [run] = await scene.hub.merge(pull)
  const refused = jobOf(run, 'plan', 'failure')
  expect(notesOf(refused, 'error').join()).toContain('--allow remove')
  jobOf(run, 'upload', 'skipped')
  jobOf(run, 'publish', 'skipped')

  const order = { checksum: offered(refused), allow: 'remove' }
  const allowed = await scene.hub.dispatch('vmcast-publish.yml', order)
  jobOf(allowed, 'upload')
  jobOf(allowed, 'publish')
  const list = await scene.published()
  expect([list.version, list.images.length]).toEqual(['0.0.3', 1])
})
