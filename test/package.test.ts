import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { bootableDisk } from '../scripts/bootable-disk.ts'
import { makeAuthority } from '../scripts/pki.ts'
import { temporaryFolder } from './support/repository.ts'
import { subscribe } from './support/subscriber.ts'

const PROJECT = join(import.meta.dirname, '..')

test('the installed package publishes the example, without the sources or a build', async () => {
  const folder = await temporaryFolder()
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout: packed } = await execa('npm', pack, { cwd: PROJECT })
  const [{ filename, files } = { filename: '', files: [] }] = JSON.parse(packed) as Packed[]
  expect(files.map(({ path }) => path)).toContain('schema/image.schema.json')
  expect(files.map(({ path }) => path).filter((path) => /^(src|test|scripts)\//.test(path))).toEqual([])

  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  await execa(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', join(folder, filename)],
    {
      cwd: folder,
    },
  )
  for (const part of ['vmcast.yaml', 'imagelists', 'images']) {
    await cp(join(PROJECT, part), join(folder, part), { recursive: true })
  }
  await mkdir(join(folder, '.demo/build'), { recursive: true })
  await writeFile(
    join(folder, '.demo/build/hello.img'),
    bootableDisk('Hello from an image that vmcast published.'),
  )
  await makeAuthority(join(folder, '.demo'))

  const vmcast = (...args: string[]) =>
    execa(join(folder, 'node_modules/.bin/vmcast'), args, { cwd: folder, env: { HOME: folder } })
  expect((await vmcast('validate')).exitCode).toBe(0)
  expect((await vmcast('plan')).stdout).toContain('3 to add')
  expect((await vmcast('reconcile')).stdout).toContain('1 published')
  await vmcast('verify', '.demo/public/lists/example.list', '--ca', '.demo/ca')
  const list = await subscribe(join(folder, '.demo/public/lists/example.list'), join(folder, '.demo/ca'))
  expect(list.images).toHaveLength(2)

  // npm leaves some files out of packages, and renames others.
  await vmcast('init', '--yes', '--repo', 'new')
  expect(await readFile(join(folder, 'new/.gitignore'), 'utf8')).toContain('*key.pem')
  expect(await readFile(join(folder, 'new/.github/workflows/vmcast-renew.yml'), 'utf8')).toContain('renewals')
}, 180_000)

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}
