import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { findNode24 } from '../scripts/node-24.ts'
import { sampleRepository } from './support/repository.ts'
import { subscribe } from './support/subscriber.ts'

const SOURCE = join(import.meta.dirname, '../src/cli.ts')

test('the sources run unbuilt on Node 24, threads and all', async () => {
  const root = await sampleRepository({ images: 1, bytes: 9_000_000 })
  const node = join(await findNode24(), 'node')
  const vmcast = (...args: string[]) =>
    execa(node, [SOURCE, ...args], { env: { XDG_CACHE_HOME: join(root, 'cache') } })
  expect((await vmcast('reconcile', '--repo', root)).stdout).toContain('1 published')
  const list = await subscribe(join(root, 'public/lists/list-1.list'), join(root, 'pki/ca'))
  expect(list.images).toHaveLength(1)
}, 180_000)
