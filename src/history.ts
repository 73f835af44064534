import { openCheckout } from './checkout.ts'
import { publishedTags } from './desired/tags.ts'
import { fault } from './errors.ts'
import type { History, Surroundings } from './model.ts'
import { lookAtList } from './observe/list.ts'
import { walkHistory } from './observe/walk.ts'

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
