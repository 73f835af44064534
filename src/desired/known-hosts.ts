import { refusalOf } from './refusal.ts'
import { itemsAt, textAt, type Entry, type Repository } from './repository.ts'
import { readText } from './read.ts'

/** What the targets of vmcast.yaml call `knownHosts`. */
export const knownHostsFiles = (config: Pick<Entry, 'value'>): readonly string[] =>
  itemsAt(config, 'targets').flatMap(({ path }) => textAt(config, ...path, 'knownHosts') ?? [])

/** Each of these files, as the repository at `root` names them, or why it cannot be read. */
export const readKnownHosts = (root: string, files: readonly string[]): Repository['knownHosts'] =>
  new Map(files.map((file) => [file, attempt(() => readText(root, file))]))

function attempt(read: () => string) {
  try {
    return read()
  } catch (error) {
    return refusalOf(error)
  }
}
