import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { editYaml } from '../support/repository.ts'
import { jobOf, notesOf, Scene } from './scene.ts'

/*
 * The action in a workflow that somebody writes by hand.
 */

const OUTPUTS = ['changed', 'plan', 'checksum', 'matrix', 'published', 'expires']

/** A workflow of one job that checks out, and does this. */
const workflow = (command: string, more: string) => `name: By hand
on:
  workflow_dispatch:
permissions: {}
jobs:
  job:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    environment: vmcast
    permissions:
      contents: read
    outputs:
${OUTPUTS.map((name) => `      ${name}: \${{ steps.vmcast.outputs.${name} }}\n`).join('')}    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: vmcast/vmcast@v0
        id: vmcast
        with:
          command: ${command}
${more}        env:
          VMCAST_X509_KEY: \${{ secrets.VMCAST_X509_KEY }}
          VMCAST_X509_PASSPHRASE: \${{ secrets.VMCAST_X509_PASSPHRASE }}
`

const WORKFLOWS = {
  validate: workflow('validate', ''),
  plan: workflow('plan', '          list: list-2\n'),
  reconcile: workflow('reconcile', '          list: list-1, list-2\n'),
  odd: workflow('reconsile', ''),
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open('robot')
  const edit = async (folder: string) => {
    await scene.build(folder, 0, { lists: 2 })
    await scene.certify(folder)
    await mkdir(join(folder, '.github/workflows'), { recursive: true })
    const verify = workflow('verify', `          list: ${scene.place}/lists/list-1.list\n`)
    for (const [name, text] of Object.entries({ ...WORKFLOWS, verify }))
      await writeFile(join(folder, `.github/workflows/${name}.yml`), text)
  }
  await scene.hub.commit(edit)
})
afterAll(() => scene.hub.close())

const play = async (name: string, result: 'success' | 'failure' = 'success') =>
  jobOf(await scene.hub.dispatch(`${name}.yml`), 'job', result)

const CHECKSUM = expect.stringMatching(/^v1-[0-9a-f]{64}$/) as string
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string
const PLAN = expect.stringMatching(/\/temp\/plan\.json$/) as string

test('every output is as action.yml says', async () => {
  expect((await play('plan')).outputs).toEqual({
    ...{ changed: 'true', plan: PLAN, checksum: CHECKSUM, expires: TIME, published: '' },
    matrix: '{"include":[{"image":"image-2-1"}]}',
  })
  const { outputs } = await play('reconcile')
  expect(outputs).toMatchObject({ changed: 'true', plan: PLAN, checksum: CHECKSUM, expires: TIME })
  expect(JSON.parse(outputs['published'] ?? '')).toEqual(
    ['list-1', 'list-2'].map((name) => ({
      ...{ name, version: '0.0.1', expires: TIME, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      uri: `https://images.example.org/lists/${name}.list`,
    })),
  )
  expect((await scene.published('list-2')).version).toBe('0.0.1')
  expect((await play('reconcile')).outputs).toMatchObject({ changed: 'false', published: '[]', matrix: '' })
})

test('a published list is verified, and what was altered is found', async () => {
  const { summary } = await play('verify')
  expect(summary).toContain('It has the keys of the HEPiX format.')
  const path = join(scene.place, 'lists/list-1.list')
  await writeFile(path, Buffer.from('no list'))
  expect(notesOf(await play('verify', 'failure'), 'error').join()).toContain('FAILED')
})

test('the files are validated, and a mistake in the workflow is named', async () => {
  expect((await play('validate')).summary).toContain('cloudkeeper would refuse it')
  expect(notesOf(await play('odd', 'failure'), 'error').join()).toContain('The input command is “reconsile”')
  await scene.hub.commit((folder) => editYaml(folder, 'hv:uri', 'imagelists/list-1.yaml', 'nowhere'))
  expect(notesOf(await play('validate', 'failure'), 'error').join()).toContain('hv:uri')
})
