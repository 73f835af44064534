import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { expect } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { contractFaults } from './contract.ts'

/** Nothing may be published that the subscriber contract has anything against. */
export function expectContract(list: Uint8Array, ...more: [(Uint8Array | null)?, Promised?]): void {
  expect(contractFaults(list, ...more), Buffer.from(list).toString()).toEqual([])
}

type Promised = Parameters<typeof contractFaults>[2]

/**
 * Runs what may publish from the checkout `root` into folders, and holds every list that is new there
 * afterwards against the contract, and against what was there before.
 */
export async function judged<T>(root: string, run: () => Promise<T>): Promise<T> {
  const before = await listsOf(root)
  const result = await run()
  for (const [path, { bytes, promised }] of await listsOf(root)) {
    const previous = before.get(path)?.bytes ?? null
    if (!previous?.equals(bytes)) expectContract(bytes, previous, promised)
  }
  return result
}

interface Found {
  readonly bytes: Buffer
  readonly promised: Promised
}

/** The signed lists in the folders that a checkout publishes to, by path. */
async function listsOf(root: string): Promise<ReadonlyMap<string, Found>> {
  const config = await readFile(join(root, 'vmcast.yaml'), 'utf8').catch(() => '')
  const folders = Array.from(config.matchAll(/to: file:(\S+)/g), ([, folder = '']) => resolve(root, folder))
  const found = await Promise.all(
    [...new Set(folders)].map(async (folder) => {
      const lists = await signedBelow(folder)
      const promises = lists.length > 0 ? await promisesOf(root) : []
      return lists.map(([path, bytes]) => {
        const promised = promises.find(({ uri }) => uri.endsWith(`/${relative(folder, path)}`))?.profiles
        return [path, { bytes, promised }] as const
      })
    }),
  )
  return new Map(found.flat())
}

async function signedBelow(folder: string): Promise<(readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries
    .filter((entry) => entry.isFile() && /list$|\.p7m$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => [path, await readFile(path)] as const))
}

/** For whom the lists of a checkout are, by their addresses. */
async function promisesOf(root: string): Promise<{ uri: string; profiles: Promised }[]> {
  const folder = join(root, 'imagelists')
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((text) => {
    const { 'hv:uri': uri = '', profiles = [] } = parseYaml(text) as {
      'hv:uri'?: string
      profiles?: string[]
    }
    return { uri, profiles: PROMISABLE.filter((one) => profiles.includes(one)) }
  })
}

const PROMISABLE = ['atrope', 'cloudkeeper'] as const
