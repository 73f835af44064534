import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import { LIST_LIMIT, sign } from '../list/smime.ts'
import { verifyList } from '../list/verify.ts'
import type { Tag, TargetConfig } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
import type { Anchors } from '../trust/anchors.ts'
import type { Signer } from '../trust/signer.ts'
import { fetchList } from '../web.ts'

/** A list ready to go out: the text to sign, and what its address must hold until then. */
export interface Release {
  readonly uri: string
  readonly content: string
  /** The tag of the list that the plan saw there; null if there was none. */
  readonly expect: Tag | null
}

/** What makes it trusted, and where it goes. */
export interface Press {
  readonly signer: Signer
  readonly anchors: Anchors
  readonly pool: TargetPool
  readonly now: () => Date
}

/**
 * Signs a list, verifies it as each subscriber will, swaps it in, and reads it back. Nothing leaves the
 * process unless it verifies. Returns the SHA-256 of the message, and a warning where its public address
 * does not show it yet. Throws `own-list-refused`, `target-conflict`, `read-back-differs`.
 */
export async function publish(
  release: Release,
  press: Press,
): Promise<{ sha256: string; warnings: string[] }> {
  const { pool, anchors, now } = press
  const message = await sign(release.content, press.signer, now())
  const { failures } = verifyList(message, { anchors, now: now() })
  if (failures.length > 0) throw fault('own-list-refused', { uri: release.uri, reasons: failures })
  if (message.length > LIST_LIMIT)
    throw fault('own-list-too-large', { uri: release.uri, size: message.length })

  const { target, key, config } = await pool.reach(release.uri)
  await target.swap(key, message, release.expect)

  if (target.settles === 'at once') {
    const back = await target.read(key, message.length)
    if (!back || Buffer.compare(back.bytes, message) !== 0)
      throw fault('read-back-differs', { uri: release.uri })
  }
  return {
    sha256: createHash('sha256').update(message).digest('hex'),
    warnings: await visible(release.uri, config, message),
  }
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
