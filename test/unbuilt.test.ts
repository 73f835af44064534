import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { sampleRepository } from './support/repository.ts'
import { subscribe } from './support/subscriber.ts'

const SOURCE = join(import.meta.dirname, '../src/cli.ts')

/** Node 24: this one where it is, else from the registry of packages. */
const NODE_24 =
  Number(process.versions.node.split('.')[0]) >= 24
    ? ([process.execPath, []] as const)
    : (['npx', ['--yes', '--prefer-offline', '--package', 'node@24', 'node']] as const)

test('the sources run unbuilt on Node 24, threads and all', async () => {
  const root = await sampleRepository({ images: 1, bytes: 9_000_000 })
  const [program, before] = NODE_24
  const vmcast = (...args: string[]) =>
    execa(program, [...before, SOURCE, ...args], {
      // An npx above this one hands its own command down.
      env: { XDG_CACHE_HOME: join(root, 'cache'), npm_config_call: undefined, npm_config_package: undefined },
    })
  expect((await vmcast('reconcile', '--repo', root)).stdout).toContain('1 published')
  const list = await subscribe(join(root, 'public/lists/list-1.list'), join(root, 'pki/ca'))
  expect(list.images).toHaveLength(1)
}, 180_000)
