import { fault } from '../errors.ts'
import type { Tag, TargetConfig } from '../model.ts'
import { sha256 } from '../sums.ts'
import type { TargetPool } from '../targets/pool.ts'
import type { Anchors } from '../trust/anchors.ts'
import { fetchList } from '../web.ts'
import { keepHistory, moveHead, type Publication } from './history.ts'

/** A signed list ready to go out, and what its address must hold until then. */
export interface Release extends Publication {
  readonly uri: string
  /** The tag of the list that the plan saw there; null if there was none. */
  readonly expect: Tag | null
}

/** Where it goes, and who judges what was there before. */
export interface Press {
  readonly pool: TargetPool
  readonly anchors: Anchors
  readonly now: () => Date
}

/**
 * Writes the history, swaps a signed and verified list in, and reads it back. Returns the SHA-256 of the message, and a warning
 * where its public address does not show it yet. Throws `target-occupied`, `target-conflict`, `read-back-differs`.
 */
export async function publish(
  { uri, expect, ...publication }: Release,
  { pool, anchors, now }: Press,
): Promise<{ sha256: string; warnings: string[] }> {
  const { message } = publication
  const { target, key, config } = await pool.reach(uri)
  const kept = await keepHistory(publication, { target, key }, { anchors, now: now() })
  await target.swap(key, message, expect)

  if (target.settles === 'at once') {
    const back = await target.read(key, message.length)
    if (!back || Buffer.compare(back.bytes, message) !== 0) throw fault('read-back-differs', { uri })
  }
  const moved = kept ? await moveHead(kept, target) : []
  return { sha256: sha256(message), warnings: [...moved, ...(await visible(uri, config, message))] }
}

/** A warning if the list's public address does not serve it yet: caches may be in the way. */
async function visible(
  uri: string,
  { public: reachable }: TargetConfig,
  message: Uint8Array,
): Promise<string[]> {
  if (!reachable) return []
  try {
    const served = await fetchList(uri, message.length + 1)
    if (served && Buffer.compare(served, message) === 0) return []
    return [`${uri} does not show the new list yet: a cache may keep the old one.`]
  } catch (error) {
    return [
      `The new list could not be read back by its address: ${error instanceof Error ? error.message : String(error)}`,
    ]
  }
}
