import { VmcastError } from '../errors.ts'
import { compressionOf } from '../image.ts'
import type { Entry } from '../list/history/entry.ts'
import type { Config, DesiredImage, JsonObject, SignerName } from '../model.ts'
import { isSameSigner } from '../plan/endorser.ts'
import { isHome } from '../plan/resolve.ts'
import { identifierOf, sight } from '../plan/sighting.ts'
import { probe } from '../web.ts'
import type { Finding, ListView } from './list.ts'
import { isAskedAtTarget } from './published.ts'
import { liveClue, walkBack } from './walk.ts'

/** How many publications back a file is looked for: what is taken back is one of the last. */
const BACK = 20

/** An image whose file is none that is published. */
export interface Unpublished {
  readonly image: DesiredImage
  /** Sum of the file. */
  readonly source: string
}

/**
 * Images as earlier publications of a list had them, made of those very files, whose bytes still lie there: `git
 * revert` then uploads nothing. By the word of `signer` alone, as it stands in a signed copy. By image name; none
 * where the history cannot be read.
 */
export async function findEarlier(
  images: readonly Unpublished[],
  { observed, read }: Finding,
  signer: SignerName,
  config: Config,
  view: ListView,
): Promise<ReadonlyMap<string, JsonObject>> {
  const found = new Map<string, JsonObject>()
  if (observed.state !== 'intact' || !read) return found
  try {
    let left = BACK
    for await (const entry of walkBack(liveClue(observed, null), read, view)) {
      for (const { image, source } of images) {
        const keys = found.has(image.name) ? null : imageIn(entry, image, source, signer)
        if (keys && (await isThere(keys, config, view))) found.set(image.name, keys)
      }
      if (found.size === images.length || --left === 0) break
    }
  } catch (error) {
    // Then they are uploaded once more: that is all that is lost.
    if (!(error instanceof VmcastError)) throw error
  }
  return found
}

function imageIn(entry: Entry, image: DesiredImage, source: string, signer: SignerName): JsonObject | null {
  const isSound = entry.faults.length === 0 && entry.untrusted === null
  if (!isSound || !entry.list || !entry.signer || !isSameSigner(entry.signer, signer)) return null
  const found = entry.list.images.find((keys) => {
    const { bytes, compress, ...seen } = sight(keys)
    const isMadeOfIt = seen.source === source && compress === compressionOf(image.keys)
    return (
      identifierOf(keys) === image.identifier && isMadeOfIt && bytes && isHome(sight(keys), image.uri, bytes)
    )
  })
  return found ?? null
}

/** Whether a file of that size lies at the image's address still. */
async function isThere(keys: JsonObject, { targets }: Config, { pool, secrets }: ListView): Promise<boolean> {
  const { uri, bytes } = sight(keys)
  if (uri === null || !bytes) return false
  if (!isAskedAtTarget({ uri }, targets, secrets)) return (await probe(uri))?.size === bytes.size
  const { target, key } = await pool.reach(uri)
  return (await target.stat(key))?.size === bytes.size
}
