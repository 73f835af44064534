import { fault } from '../../errors.ts'
import { readContent, realFolder, type Content, type Source } from '../read.ts'
import { textAt } from '../repository.ts'
import { writeContent } from '../write.ts'
import { importList, type Inventory } from './import.ts'

export interface Stored {
  /** Relative to the content repository. */
  readonly file: string
  readonly state: 'created' | 'replaced' | 'unchanged'
}

export interface Report {
  readonly files: readonly Stored[]
  readonly warnings: readonly string[]
}

/**
 * Puts a list's JSON text into the content repository at `folder`, as YAML files. What it has already, by
 * identifier, is replaced only with `force`; all that is looked at before the first file is written.
 * Throws `no-repository`, `list-malformed`, `content-exists`, `content-unwritable`.
 */
export async function storeList(
  folder: string,
  content: string,
  origin: string,
  { force }: { force: boolean },
): Promise<Report> {
  const root = realFolder(folder)
  const present = readContent(root)
  const { files, warnings } = importList(content, origin, inventoryOf(present))
  const texts = new Map([...present.lists, ...present.images].map(({ file, text }) => [file, text]))
  const stored = files.map(({ path, text }) => ({ file: path, text, state: stateOf(texts.get(path), text) }))
  const replaced = stored.filter(({ state }) => state === 'replaced').map(({ file }) => file)
  if (replaced.length > 0 && !force) throw fault('content-exists', { files: replaced })
  // The list comes last: wherever this ends, no list names an image that is not there.
  for (const { file, text, state } of stored.toReversed())
    if (state !== 'unchanged') await writeContent(root, file, text, { replace: state === 'replaced' })
  return { files: stored.map(({ file, state }) => ({ file, state })), warnings }
}

function stateOf(present: string | undefined, text: string): Stored['state'] {
  if (present === undefined) return 'created'
  return present === text ? 'unchanged' : 'replaced'
}

const inventoryOf = ({ lists, images }: Content): Inventory => ({
  lists: identifiersOf(lists),
  images: identifiersOf(images),
})

const identifiersOf = (sources: readonly Source[]): ReadonlyMap<string, string | null> =>
  new Map(sources.map((source) => [source.name, textAt(source, 'dc:identifier')]))
