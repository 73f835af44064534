import pLimit from 'p-limit'
import { locate } from '../address.ts'
import { fault } from '../errors.ts'
import { textOf } from '../json.ts'
import type { JsonObject, TargetConfig } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
import { probe } from '../web.ts'

const SIDE_BY_SIDE = 16

/**
 * Asks for every image address of a list, those hosted elsewhere included: is a file there, and
 * of the size that the list says? Where a target says `public: false`, the target itself is asked.
 * Throws `image-address-missing` or `image-address-size` for the first that fails.
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
  const hidden = locate(targets, uri)?.target.public === false
  const found = hidden ? await askTarget(uri, pool) : await probe(uri)
  if (!found) throw fault('image-address-missing', { title, uri })
  const size = Number(image['hv:size'])
  if (found.size !== null && found.size !== size) {
    throw fault('image-address-size', { title, uri, size, found: found.size })
  }
}

async function askTarget(uri: string, pool: TargetPool): Promise<{ size: number } | null> {
  const { target, key } = await pool.reach(uri)
  return await target.stat(key)
}
