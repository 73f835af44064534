import { endorserKeys, needsImageExpiry } from '../computed.ts'
import type {
  DesiredImage,
  DesiredList,
  KeyChange,
  ListedImage,
  PublishedList,
  RemovedImage,
  World,
} from '../model.ts'
import { isSignerChange } from './endorser.ts'
import { newEnd } from './expiry.ts'
import { planImage, planRemoval } from './image.ts'
import { isEqual, keyChanges, omit } from './compare.ts'
import type { Resolved } from './resolve.ts'
import { byIdentifier, identifierOf } from './sighting.ts'

/** What a list will say, compared with what it says. */
export interface Content {
  readonly keys: readonly KeyChange[]
  readonly listed: readonly ListedImage[]
  readonly removed: readonly RemovedImage[]
  /** Of its images. */
  readonly warnings: readonly string[]
  /** Whether `hv:endorser` is to name another certificate than it does. */
  readonly isSignerNew: boolean
}

/** Keys of a list that are computed whenever it is signed. */
const COMPUTED = ['hv:version', 'dc:date:created', 'dc:date:expires', 'hv:images']

export function compareContent(
  list: DesiredList,
  images: readonly { image: DesiredImage; resolved: Resolved }[],
  published: PublishedList,
  world: World,
): Content {
  const before = byIdentifier(published)
  const expires = needsImageExpiry(list) ? newEnd(list, world) : null
  const listed = images.map(({ image, resolved }) =>
    planImage(image, resolved, before.get(image.identifier), expires),
  )
  const staying = new Set(listed.map(({ identifier }) => identifier))
  const removed = published.images
    .filter((keys) => !staying.has(identifierOf(keys)))
    .map((keys) => planRemoval(keys, list.revoked))
  const keys = keyChanges(
    omit(published.keys, COMPUTED),
    omit({ ...list.keys, 'hv:endorser': endorserKeys(list, world.signer) }, COMPUTED),
  )
  return {
    keys: [...keys.filter((change) => !isSignerChange(change)), ...orderChange(published, listed)],
    listed,
    removed,
    warnings: images.flatMap(({ resolved }) => resolved.warnings),
    isSignerNew: keys.some(isSignerChange),
  }
}

/**
 * The order of images means nothing to subscribers, but what is published is what git says: images that
 * stay and stand in another order are a change, and so is one that was published twice.
 */
function orderChange({ images }: PublishedList, listed: readonly ListedImage[]): KeyChange[] {
  const found = images.map(identifierOf)
  const wanted = listed.map(({ identifier }) => identifier)
  const from = common(found, wanted)
  const to = common(wanted, found)
  return isEqual(from, to) ? [] : [{ key: 'hv:images', from, to }]
}

function common(some: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return some.filter((one) => known.has(one))
}

export const hasChanges = ({ keys, listed, removed }: Content): boolean =>
  keys.length > 0 || removed.length > 0 || listed.some(({ action }) => action !== 'keep')
