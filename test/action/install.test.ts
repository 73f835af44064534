import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { copyCheckout, installed } from '../support/runner/product.ts'
import { secretsIn } from '../support/secrets.ts'
import { jobOf, Scene } from './scene.ts'

test('the installation runs no scripts of packages, and sees no secret', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-install-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const product = await installed(inject('product'))
  const [action, programs, seen] = [join(folder, 'action'), join(folder, 'bin'), join(folder, 'seen')]
  await copyCheckout(action)
  await mkdir(programs)
  await symlink(join(product.node, 'node'), join(programs, 'node'))
  // Instead of npm: says what it sees, and takes what was installed before.
  const npm = [
    ...['#!/bin/bash', `{ echo "$@"; env -0 | tr '\\0' '\\n'; } >>${seen}`, 'mkdir -p node_modules'],
    `ln -sfn ${product.folder}/node_modules/* ${product.folder}/node_modules/@* node_modules/`,
  ]
  await writeFile(join(programs, 'npm'), npm.join('\n'), { mode: 0o755 })

  const scene = await Scene.open('robot', { folder: action, node: programs })
  onTestFinished(() => scene.hub.close())
  jobOf((await scene.begin())[0], 'publish')
  expect((await scene.published()).version).toBe('0.0.1')
  const text = await readFile(seen, 'utf8')
  expect(text.split('\n').filter((line) => line.startsWith('ci '))).toEqual(
    Array(2).fill('ci --omit=dev --ignore-scripts --no-audit --no-fund'),
  )
  expect(secretsIn(text, scene.allSecrets())).toEqual([])
  expect(text).not.toMatch(/VMCAST|GITHUB|INPUT/)
})
