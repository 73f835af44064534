import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { vmcast } from '../support/cli.ts'
import { editYaml } from '../support/repository.ts'
import { jobOf, Scene } from './scene.ts'

/*
 * The one issue that is open while something is wrong.
 */

const DAY = 86_400_000

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('robot')
  await scene.endorse(new Date(Date.now() + 20 * DAY))
  jobOf((await scene.begin())[0], 'publish')
})
afterAll(() => scene.hub.close())

const renew = async () => {
  const run = await scene.hub.schedule('vmcast-renew.yml')
  jobOf(run, 'status')
  return run
}
const issues = () => scene.hub.github.issues.map(({ number, state, body }) => ({ number, state, body }))

test('a certificate that ends within 30 days opens it, and what comes later is added to it', async () => {
  jobOf(await renew(), 'renew')
  const [issue, ...more] = issues()
  expect(more).toEqual([])
  expect(issue?.state).toBe('open')
  expect(issue?.body).toContain('A certificate that it was signed with ends at')

  // Somebody publishes by hand.
  const folder = await scene.hub.checkout()
  await editYaml(folder, 'dc:description', 'imagelists/list-1.yaml', 'by hand')
  const env = { VMCAST_X509_KEY: join(scene.pki, 'userkey.pem') }
  const { status, stderr } = await vmcast({ cwd: folder, env }, 'reconcile', '--allow', 'dirty')
  expect(status, stderr).toBe(0)
  await renew()
  expect(issues()).toHaveLength(1)
  expect(issues()[0]?.body).toContain('somebody published by hand')
  expect(issues()[0]?.body).toContain('A certificate that it was signed with ends at')
})

test('it is closed when all is well, and another trouble opens another', async () => {
  await scene.endorse(new Date(Date.now() + 300 * DAY))
  const edit = async (folder: string) => {
    await scene.certify(folder)
    await editYaml(folder, 'dc:description', 'imagelists/list-1.yaml', 'reviewed')
  }
  const { pull } = await scene.hub.propose({ branch: 'certificate', title: 'Renew the certificate', edit })
  jobOf((await scene.hub.merge(pull))[0], 'publish')
  await renew()
  expect(issues().map(({ state }) => state)).toEqual(['closed'])
  const [{ number } = { number: 0 }] = issues()
  const comments = scene.hub.github.comments.filter((comment) => comment.number === number)
  expect(comments.map(({ body }) => body)).toEqual(['All is well again.'])

  await rm(join(scene.place, 'lists/list-1.list'))
  await renew()
  expect(issues().map(({ state }) => state)).toEqual(['closed', 'open'])
})
