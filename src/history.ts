import { openCheckout } from './checkout.ts'
import { publishedTags } from './desired/tags.ts'
import { fault } from './errors.ts'
import type { History, PlannedList, Surroundings } from './model.ts'
import { lookAtList } from './observe/list.ts'
import { walkHistory } from './observe/walk.ts'
import { difference, type Edition } from './plan/difference.ts'

/**
 * The history of the list `name`, every part of it checked. Needs no certificate, and no secret where the list has
 * a public address. Throws `unknown-list`, `history-none` for a target that takes nothing but lists, and why it
 * cannot be read.
 */
export async function readHistory(root: string, name: string, surroundings: Surroundings): Promise<History> {
  const { desired, lists, anchors, pool } = await openCheckout({ root, lists: [name] }, surroundings)
  try {
    const [list] = lists
    if (!list) throw new Error(`${name} is no list of this repository`)
    const tags = await publishedTags(desired.root)
    const view = { pool, anchors, tags, secrets: false, now: surroundings.now() }
    const { observed, known, read } = await lookAtList(list, desired.config, view)
    if (!read) throw fault('history-none', { uri: list.uri })
    return await walkHistory(list, observed, known, read, view)
  } finally {
    await pool.close()
  }
}

/**
 * How the version `to` of a list differs from the version `from`, by their signed copies; an image that left has the
 * reason that the records between them give. Throws `history-version` for one that the history has no copy of.
 */
export function compareVersionsOf(history: History, from: string, to: string): PlannedList {
  const [before, after] = [editionOf(history, from), editionOf(history, to)]
  const told = new Map(
    history.entries
      .toReversed()
      .flatMap(({ record }) => record?.removed ?? [])
      .map((removal) => [removal.identifier, removal]),
  )
  const { images, ...rest } = difference(history.list, before, after)
  return {
    ...rest,
    images: images.map((image) => {
      const removal = image.action === 'remove' ? told.get(image.identifier) : undefined
      return removal ? { ...removal, action: 'remove' } : image
    }),
  }
}

function editionOf({ list, entries }: History, version: string): Edition {
  const intact = entries.filter(({ content, signer }) => content !== null && signer !== null)
  const found = intact.find((entry) => entry.version === version)
  if (!found?.content || !found.signer) {
    throw fault('history-version', { list, version, known: intact.map((entry) => entry.version) })
  }
  return { list: found.content, signer: found.signer }
}
