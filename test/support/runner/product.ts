import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { findNode24 } from '../../../scripts/node-24.ts'
import { readAction } from './known.ts'

const PROJECT = join(import.meta.dirname, '../../..')

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the test files of one run share the installed product. */
    readonly product: string
  }
}

/** For all test files of one run: a folder that is gone afterwards. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'vmcast-product-'))
  provide('product', folder)
  return () => rm(folder, { recursive: true, force: true })
}

/** vmcast as an action's user gets it, and the Node that it runs on. */
export interface Product {
  readonly folder: string
  /** The folder of the program. */
  readonly node: string
}

/** Installs a fresh copy of this checkout as action.yml does; whoever comes first, for all. */
export async function installed(shared: string): Promise<Product> {
  const product = { folder: join(shared, 'vmcast'), node: await findNode24() }
  const done = join(shared, 'done')
  while (!(await isThere(done))) {
    if (await isFirst(join(shared, 'lock'))) {
      await copyCheckout(product.folder)
      await install(product)
      await writeFile(done, '')
    } else await sleep(200)
  }
  return product
}

/** What git knows, as it lies here, and what it would know if it were told. */
export async function copyCheckout(folder: string): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.', ':!test']
  const { stdout } = await execa('git', args, { cwd: PROJECT })
  for (const path of new Set(stdout.split('\0').filter(Boolean))) {
    const from = join(PROJECT, path)
    if (!(await isThere(from))) continue // removed, and not told yet
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await cp(from, join(folder, path))
  }
}

/** The lines of the action that install it, with the npm cache of whoever runs the tests. */
async function install({ folder, node }: Product): Promise<void> {
  const path = join(folder, 'action.yml')
  const { steps } = readAction(await readFile(path, 'utf8'), path).runs
  const script = steps.find(({ name }) => name === 'Install vmcast')?.run ?? 'exit 1'
  const env = { PATH: `${node}${delimiter}${process.env['PATH'] ?? ''}` }
  await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd: folder, env })
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const isFirst = (lock: string): Promise<boolean> =>
  mkdir(lock).then(
    () => true,
    () => false,
  )
