import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { copyCheckout, installed } from '../support/runner/product.ts'
import { secretsIn } from '../support/secrets.ts'
import { subscribe } from '../support/subscriber.ts'
import { jobOf, Scene } from './scene.ts'

/** Programs instead of Node's own: an npm that says what it sees, and takes what was installed before. */
async function watched(): Promise<{ folder: string; node: string; seen: () => Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-install-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const product = await installed(inject('product'))
  const [node, seen, modules] = [join(folder, 'bin'), join(folder, 'seen'), `${product.folder}/node_modules`]
  await mkdir(node)
  await symlink(join(product.node, 'node'), join(node, 'node'))
  const npm = [
    ...['#!/bin/bash', `{ echo "$@"; env -0 | tr '\\0' '\\n'; } >>${seen}`],
    ...['mkdir -p node_modules', `ln -sfn ${modules}/* ${modules}/@* node_modules/`],
  ]
  await writeFile(join(node, 'npm'), npm.join('\n'), { mode: 0o755 })
  return { folder: join(folder, 'action'), node, seen: () => readFile(seen, 'utf8') }
}

test('the installation runs no scripts of packages, and sees no secret', async () => {
  const { seen, ...product } = await watched()
  await copyCheckout(product.folder)
  const scene = await Scene.open('robot', product)
  onTestFinished(() => scene.hub.close())
  jobOf((await scene.begin())[0], 'publish')
  expect((await scene.published()).version).toBe('0.0.1')
  const text = await seen()
  expect(text.split('\n').filter((line) => line.startsWith('ci '))).toEqual(
    Array(2).fill('ci --omit=dev --ignore-scripts --no-audit --no-fund'),
  )
  expect(secretsIn(text, scene.allSecrets())).toEqual([])
  expect(text).not.toMatch(/VMCAST|GITHUB|INPUT/)
})

test('this repository tests itself with its own action', async () => {
  const { hub } = await Scene.open('robot', await watched())
  onTestFinished(() => hub.close())
  const [run, ...more] = await hub.commit(async (folder) => {
    await copyCheckout(folder)
    const workflows = join(folder, '.github/workflows')
    for (const name of await readdir(workflows)) if (name !== 'self-test.yml') await rm(join(workflows, name))
  })
  expect(more).toEqual([])
  jobOf(run, 'plan')
  jobOf(run, 'publish')
  const demo = join(run?.folder ?? '', 'publish-0/workspace/.demo')
  expect((await subscribe(join(demo, 'public/lists/example.list'), join(demo, 'ca'))).images).toHaveLength(2)
})
