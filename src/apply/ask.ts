import pLimit from 'p-limit'
import { locate } from '../address.ts'
import { fault, isFault } from '../errors.ts'
import { textOf } from '../json.ts'
import type { JsonObject, TargetConfig } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
import { probe } from '../web.ts'

const SIDE_BY_SIDE = 16

/**
 * Asks for every image address of a list, those hosted elsewhere included: is a file there, and
 * of the size that the list says? Where a target says `public: false`, the target itself is asked.
 * Throws `image-address-missing`, `image-address-size` or `image-address-unasked` for the first that fails.
 */
export async function askAddresses(
  images: readonly JsonObject[],
  targets: readonly TargetConfig[],
  pool: TargetPool,
): Promise<void> {
  const limit = pLimit(SIDE_BY_SIDE)
  await Promise.all(images.map((image) => limit(() => askAddress(image, targets, pool))))
}

async function askAddress(
  image: JsonObject,
  targets: readonly TargetConfig[],
  pool: TargetPool,
): Promise<void> {
  const uri = textOf(image, 'hv:uri') ?? ''
  const title = textOf(image, 'dc:title') ?? ''
  const place = locate(targets, uri)
  const found =
    place?.target.public === false ? await askTarget(uri, pool) : await askWeb(uri, title, place !== null)
  if (!found) throw fault('image-address-missing', { title, uri })
  const size = Number(image['hv:size'])
  if (found.size !== null && found.size !== size) {
    throw fault('image-address-size', { title, uri, size, found: found.size })
  }
}

/** `ours`: a target of this repository should be served there. */
async function askWeb(uri: string, title: string, ours: boolean): Promise<{ size: number | null } | null> {
  try {
    return await probe(uri)
  } catch (error) {
    if (ours && isFault(error, 'web-failed')) {
      throw fault('image-address-unasked', { title, reason: error.message }, error)
    }
    throw error
  }
}

async function askTarget(uri: string, pool: TargetPool): Promise<{ size: number } | null> {
  const { target, key } = await pool.reach(uri)
  return await target.stat(key)
}
