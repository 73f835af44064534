import { mkdtemp, readdir, readFile, rm, writeFile, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../src/sums.ts'
import { vmcast } from '../support/cli.ts'
import { editYaml } from '../support/repository.ts'
import { git } from '../support/runner/git.ts'
import type { Run } from '../support/runner/run.ts'
import { jobOf, notesOf, Scene } from './scene.ts'

/*
 * CI prepares, a person signs at home, CI publishes: no machine of GitHub's ever has the key.
 */

let scene: Scene
let prepared: Run | undefined

beforeAll(async () => {
  scene = await Scene.open('person')
  ;[prepared] = await scene.begin({ lists: 2, images: 2 })
})
afterAll(() => scene.hub.close())

/** Downloads the artefact, as the page of a run offers it. */
async function download(run: Run | undefined): Promise<string> {
  const folder = await mkdtemp(join(scene.hub.folder, 'home-'))
  await cp(join(run?.artifacts ?? '', 'ready-to-sign'), folder, { recursive: true })
  return folder
}

/** Signs what CI has prepared, as the person does: held against a checkout of one's own, or not. */
async function sign(release: string, ...more: string[]): Promise<void> {
  const cwd = await scene.hub.checkout()
  const env = {
    VMCAST_X509_CERT: join(scene.pki, 'usercert.pem'),
    VMCAST_X509_KEY: join(scene.pki, 'userkey.pem'),
    X509_CERT_DIR: join(scene.pki, 'ca'),
  }
  const { status, stderr } = await vmcast({ cwd, env }, 'sign', release, '--yes', ...more)
  expect(status, stderr).toBe(0)
}

/** Pushes the folder as the branch that the workflow reads, and starts it. */
async function push(release: string): Promise<Run> {
  await rm(join(release, '.git'), { recursive: true, force: true })
  await git(release, 'init', '--quiet')
  // As some have it set: their git makes other line ends.
  await git(release, '-c', 'core.autocrlf=input', 'add', '--all')
  await git(release, 'commit', '--quiet', '--message', 'Sign')
  await git(release, 'push', '--quiet', '--force', scene.hub.repository, 'HEAD:refs/heads/vmcast/signed')
  return await scene.hub.dispatch('vmcast-publish.yml')
}

test('a merge uploads the images, and leaves the texts to be signed', async () => {
  jobOf(prepared, 'render')
  expect(prepared?.jobs.get('upload')).toHaveLength(4)
  expect((await readdir(join(prepared?.artifacts ?? '', 'ready-to-sign'))).sort()).toEqual([
    ...['.gitattributes', 'list-1.json', 'list-2.json', 'release.json'],
  ])
  expect(await scene.isPublished('list-1')).toBe(false)
})

test('what is not signed is not published', async () => {
  jobOf(await push(await download(prepared)), 'publish', 'failure')
  expect(await scene.isPublished('list-1')).toBe(false)
})

test('an altered text is refused, whoever signed it', async () => {
  const release = await download(prepared)
  const path = join(release, 'list-1.json')
  const text = await readFile(path, 'utf8')
  const altered = text.replace('a list of 2 images', 'another list of them')
  expect(altered).not.toBe(text)
  await writeFile(path, altered)
  const manifest = join(release, 'release.json')
  const sums = (await readFile(manifest, 'utf8')).replace(sha256(text), sha256(altered))
  await writeFile(manifest, sums)
  await sign(release, '--list', 'list-1')
  const job = jobOf(await push(release), 'publish', 'failure')
  expect(notesOf(job, 'error').join()).toContain('is not what this checkout would publish')
  expect(job.summary).toMatch(/list-1: (?:failed|refused)/)
  expect(await scene.isPublished('list-1')).toBe(false)
})

test('what a person signed is published, and tagged', async () => {
  const release = await download(prepared)
  await sign(release, '--repo', '.')
  const run = await push(release)
  jobOf(run, 'publish')
  for (const name of ['list-1', 'list-2']) {
    expect((await scene.published(name)).images).toHaveLength(2)
    expect(await git(scene.hub.repository, 'rev-parse', `published/${name}/0.0.1`)).toBe(run.event.sha)
  }
})

test('the next one follows on it; what was signed before is not published again', async () => {
  const edit = (folder: string) => editYaml(folder, 'dc:description', 'imagelists/list-1.yaml', 'changed')
  const { pull } = await scene.hub.propose({ branch: 'change', edit })
  const [run] = await scene.hub.merge(pull)
  jobOf(run, 'upload', 'skipped')
  jobOf(run, 'render')
  const old = jobOf(await scene.hub.dispatch('vmcast-publish.yml'), 'publish', 'failure')
  expect(notesOf(old, 'error').join()).toContain('somebody published since this was rendered')
  expect((await scene.published()).version).toBe('0.0.1')
  const release = await download(run)
  await sign(release, '--repo', '.')
  jobOf(await push(release), 'publish')
  expect((await scene.published('list-1')).version).toBe('0.0.2')
  jobOf(await scene.hub.schedule('vmcast-status.yml'), 'status')
  expect(scene.hub.github.issues).toEqual([])
})

test('what is about to expire is prepared every day, and nothing that nobody approved', async () => {
  const edit = async (folder: string) => {
    await editYaml(folder, 'lifetime', 'imagelists/list-1.yaml', '60d')
    await editYaml(folder, 'renew', 'imagelists/list-1.yaml', '40d')
    await editYaml(folder, 'dc:description', 'imagelists/list-2.yaml', 'nobody approved this')
  }
  await scene.hub.commit(edit, 'Change much [skip ci]')
  const run = await scene.hub.schedule('vmcast-prepare.yml')
  const warnings = notesOf(jobOf(run, 'plan'), 'warning')
  expect(warnings.join()).toContain('list-2 is not only to be renewed')
  jobOf(run, 'render')
  expect((await readdir(join(run.artifacts, 'ready-to-sign'))).sort()).toEqual([
    ...['.gitattributes', 'list-1.json', 'list-1.last.p7m', 'release.json'],
  ])
  const release = await download(run)
  await sign(release, '--repo', '.')
  jobOf(await push(release), 'publish')
  expect((await scene.published('list-1')).version).toBe('0.0.3')
  expect((await scene.published('list-2')).version).toBe('0.0.1')

  const later = await scene.hub.schedule('vmcast-prepare.yml')
  jobOf(later, 'plan')
  jobOf(later, 'render', 'skipped')
})
