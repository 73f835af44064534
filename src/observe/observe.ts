import pLimit from 'p-limit'
import { asFailure } from '../errors.ts'
import type { Access } from '../files/source.ts'
import type { Desired, DesiredList, Failure, Observation, SignerFacts, World } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
import type { Anchors } from '../trust/anchors.ts'
import { fileFacts, type Reading } from './digest.ts'
import { fetchPublished, judge } from './published.ts'

const SIDE_BY_SIDE = 8

/** How to look. */
export interface View {
  readonly pool: TargetPool
  readonly anchors: Anchors
  readonly signer: SignerFacts
  /** Whether targets that need a secret may be asked. */
  readonly secrets: boolean
  /** Whether a file that is neither pinned nor in the cache is read now, or left for the upload. */
  readonly reading: Reading
  readonly access: Access
  readonly now: Date
}

/**
 * The world as it is, for `lists` and for those that share an image with them: an image's version must
 * rise above every list's. What cannot be looked at is a failure of its list or image alone.
 */
export async function observe(desired: Desired, lists: readonly DesiredList[], view: View): Promise<World> {
  const { pool, anchors, signer, secrets, reading, access, now } = view
  const observed = await settle(
    related(desired, lists),
    ({ name }) => name,
    async (list): Promise<Observation> => {
      const fetched = await fetchPublished(list, desired.config, pool, secrets)
      return fetched ? judge(fetched, anchors, now) : { state: 'absent' }
    },
  )
  const images = [...new Set(lists.flatMap((list) => list.images))].flatMap((name) => {
    const image = desired.images.get(name)
    return image?.file ? [{ image, file: image.file }] : []
  })
  const files = await settle(
    images,
    ({ image }) => image.name,
    ({ image, file }) => fileFacts(image, file, reading, access),
  )
  return { lists: observed, files, signer, trust: anchors.fingerprints, now }
}

/** The lists themselves, and those that share an image with one of them. */
function related(desired: Desired, lists: readonly DesiredList[]): readonly DesiredList[] {
  const images = new Set(lists.flatMap((list) => list.images))
  return desired.lists.filter((list) => lists.includes(list) || list.images.some((name) => images.has(name)))
}

async function settle<T, R>(
  items: readonly T[],
  name: (item: T) => string,
  look: (item: T) => Promise<R>,
): Promise<Map<string, R | Failure>> {
  const limit = pLimit(SIDE_BY_SIDE)
  const entries = items.map((item) =>
    limit(async () => [name(item), await look(item).catch(asFailure)] as const),
  )
  return new Map(await Promise.all(entries))
}
