import { resolve } from 'node:path'
import { VmcastError } from '../errors.ts'
import { loadAnchors } from '../trust/anchors.ts'
import { itemsAt, textAt, type Entry, type Repository } from './repository.ts'

/** What the targets of vmcast.yaml call `ca`. */
export const authorityPaths = (config: Pick<Entry, 'value'>): readonly string[] =>
  itemsAt(config, 'targets').flatMap(({ path }) => textAt(config, ...path, 'ca') ?? [])

/** The fingerprints of the CAs at each of these paths from `root`, or why they cannot be read. */
export async function readAuthorities(
  root: string,
  paths: readonly string[],
): Promise<Repository['authorities']> {
  const entries = paths.map(async (path) => [path, await fingerprintsAt(resolve(root, path))] as const)
  return new Map(await Promise.all(entries))
}

async function fingerprintsAt(path: string) {
  try {
    return (await loadAnchors(path)).fingerprints
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return { rule: 'target-ca', message: error.message, remedy: error.remedy }
  }
}
