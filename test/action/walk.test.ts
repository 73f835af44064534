import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { vmcast } from '../support/cli.ts'
import { editYaml } from '../support/repository.ts'
import { jobOf, notesOf, offered, Scene } from './scene.ts'

/*
 * The way of a new user, as the README that `vmcast init` writes says it: docs/github-action.md tells of this walk.
 */

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('robot')
})
afterAll(() => scene.hub.close())

const run = async (cwd: string, ...line: string[]) => {
  const { status, stdout, stderr } = await vmcast({ cwd }, ...line)
  expect(status, stdout + stderr).toBe(0)
}

/** What the README's table says to fill in. */
async function fillIn(folder: string): Promise<void> {
  await editYaml(folder, 'targets', 'vmcast.yaml', [
    { match: 'https://images.example.org/', to: `file:${scene.place}/`, public: false },
  ])
  await copyFile(join(scene.pki, 'usercert.pem'), join(folder, 'robotcert.pem'))
  await cp(join(scene.pki, 'ca'), join(folder, 'trust'), { recursive: true })
  const x509 = { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org' }
  await editYaml(folder, 'hv:endorser', 'imagelists/example.yaml', { 'hv:x509': x509 })
  await mkdir(join(folder, 'build'))
  await writeFile(join(folder, 'build/example.img'), Buffer.alloc(4096, 'an image '))
  await editYaml(folder, 'hv:format', 'images/example.yaml', 'raw')
  await editYaml(folder, 'file', 'images/example.yaml', { path: '../build/example.img' })
  await run(folder, 'hash', 'example')
}

test('init, filled in and pushed, shows its plan; with the checksum of that it is published', async () => {
  const edit = async (folder: string) => {
    await run(folder, 'init', '--yes')
    await fillIn(folder)
    await run(folder, 'validate')
  }
  const [pushed] = await scene.hub.commit(edit)
  const refused = jobOf(pushed, 'publish', 'failure')
  expect(notesOf(refused, 'warning').join()).toContain('No pull request was merged as this commit')
  expect(await scene.isPublished('example')).toBe(false)
  jobOf(await scene.hub.dispatch('vmcast-publish.yml', { checksum: offered(refused) }), 'publish')
  const list = await scene.published('example')
  expect([list.version, list.images.length]).toEqual(['0.0.1', 1])
}, 120_000)

test('planned again, nothing is to do', async () => {
  const edit = async (folder: string) => {
    const path = join(folder, 'README.md')
    await writeFile(path, `${await readFile(path, 'utf8')}\nOne more line.\n`)
  }
  const { pull, runs } = await scene.hub.propose({ branch: 'readme', edit })
  expect(jobOf(runs[0], 'plan').summary).toContain('**example** is up to date')
  jobOf((await scene.hub.merge(pull))[0], 'publish')
  expect((await scene.published('example')).version).toBe('0.0.1')
})

test('the schedule renews, and reports that all is well', async () => {
  const edit = async (folder: string) => {
    await editYaml(folder, 'lifetime', 'imagelists/example.yaml', '60d')
    await editYaml(folder, 'renew', 'imagelists/example.yaml', '40d')
  }
  await scene.hub.commit(edit, 'Renew earlier [skip ci]')
  const renewed = await scene.hub.schedule('vmcast-renew.yml')
  jobOf(renewed, 'renew')
  expect(jobOf(renewed, 'status').summary).toContain('All is as it should be')
  expect((await scene.published('example')).version).toBe('0.0.2')
  expect(scene.hub.github.issues).toEqual([])
})
