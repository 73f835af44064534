import { compressionOf } from '../image.ts'
import type { Desired, DesiredImage, DesiredList, Failure, FileFacts, World } from '../model.ts'
import { isHome } from './resolve.ts'
import { identifierOf, type Sighting, type Sightings } from './sighting.ts'
import { highest } from './version.ts'

/** An emergency waits for no file: what is published of an image whose file is not pinned stays, and its revocation goes out. */

/** Names of the images on lists that an image leaves for a reason that `revoked:` gives. */
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

/** Null where the image is as it is published, or is not published, or not in this way: then it is an image like any other. */
export function holdBack(
  image: DesiredImage,
  facts: FileFacts | Failure | undefined,
  seen: Sightings,
): Held | null {
  if (image.file?.sha512 !== null) return null
  const published = (seen.get(image.identifier) ?? []).filter((one) => isAsPublished(image, one))
  const [latest] = published.filter(
    ({ version }) => version === highest(published.flatMap((one) => one.version ?? [])),
  )
  const failure = facts && 'state' in facts ? facts : null
  const source = facts && 'source' in facts ? facts.source : null
  if (!latest || published.some((one) => one.source === source)) return null
  return {
    facts: { source: latest.source, size: null, served: null },
    warning: `${image.name} stays as it is published, since a revocation waits for no file${failure ? ` (${failure.message})` : ''}: the next run looks at it.`,
  }
}

const isAsPublished = (image: DesiredImage, one: Sighting): boolean =>
  one.bytes !== null && one.compress === compressionOf(image.keys) && isHome(one, image.uri, one.bytes)
