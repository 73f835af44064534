import { compressionOf } from '../image.ts'
import type { Desired, DesiredImage, DesiredList, Failure, FileFacts, World } from '../model.ts'
import { isHome } from './resolve.ts'
import { identifierOf, type Sighting, type Sightings } from './sighting.ts'
import { highest } from './version.ts'

/**
 * Names of the images on lists that an image leaves for a reason that `revoked:` gives: that must go out although
 * the file of another image is gone, or was not read yet.
 */
export function imagesBesideRevoked(
  { images }: Desired,
  lists: readonly DesiredList[],
  observed: World['lists'],
): ReadonlySet<string> {
  const revoking = lists.filter((list) => {
    const found = observed.get(list.name)
    const staying = new Set(list.images.map((name) => images.get(name)?.identifier))
    const leaving = found?.state === 'intact' ? found.list.images.map(identifierOf) : []
    return leaving.some((identifier) => !staying.has(identifier) && list.revoked.has(identifier))
  })
  return new Set(revoking.flatMap((list) => list.images))
}

/** What stands for the file of an image that a revocation does not wait for. */
export interface Held {
  /** Of the file that is published. */
  readonly facts: FileFacts
  readonly warning: string
}

/**
 * Null where the file is known, and an image that is not published, or not in this way, waits for it like any other.
 */
export function holdBack(
  image: DesiredImage,
  facts: FileFacts | Failure | undefined,
  seen: Sightings,
): Held | null {
  const failure = facts && 'state' in facts ? `: ${facts.message}` : ''
  if (!image.file || (facts && 'source' in facts && facts.source !== null)) return null
  const published = (seen.get(image.identifier) ?? []).filter((one) => isAsPublished(image, one))
  const last = highest(published.flatMap(({ version }) => version ?? []))
  const latest = published.find(({ version }) => version === last)
  return latest
    ? {
        facts: { source: latest.source, size: null, served: null },
        warning: `The file of ${image.name} was not looked at, since a revocation waits for none${failure.replace(/\.$/, '')}. What is published of it stays; the next run looks at it.`,
      }
    : null
}

const isAsPublished = (image: DesiredImage, one: Sighting): boolean =>
  one.bytes !== null && one.compress === compressionOf(image.keys) && isHome(one, image.uri, one.bytes)
