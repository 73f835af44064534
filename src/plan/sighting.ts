import { compressionOf } from '../image.ts'
import type { Compression, Digest, JsonObject, PublishedList, SignerName, World } from '../model.ts'
import { get, textOf } from '../json.ts'
import { isVouchedFor } from './endorser.ts'

/** An image as some list of this repository publishes it. */
export interface Sighting {
  readonly keys: JsonObject
  readonly version: string | null
  /** As served; null if the list does not say. */
  readonly bytes: Digest | null
  /** Sum of the file that those bytes were made from. */
  readonly source: string | null
  readonly compress: Compression
  readonly uri: string | null
}

/** Every sighting of every image, by `dc:identifier`. */
export type Sightings = ReadonlyMap<string, readonly Sighting[]>

/**
 * A list that `signer` does not vouch for can say anything, a whole list of lies at the address of another
 * list included: what a file was compressed to is only believed where it needs no belief.
 */
export function sightings(lists: World['lists'], signer: SignerName): Sightings {
  const seen = new Map<string, Sighting[]>()
  for (const observation of lists.values()) {
    if (observation.state !== 'intact') continue
    const isBelieved = isVouchedFor(observation, signer)
    for (const keys of observation.list.images) {
      const sighting = sight(keys)
      const identifier = identifierOf(keys)
      const before = seen.get(identifier) ?? []
      before.push(isBelieved ? sighting : { ...sighting, source: sighting.bytes?.sha512 ?? null })
      seen.set(identifier, before)
    }
  }
  return seen
}

/** The first image of each identifier. */
export const byIdentifier = ({ images }: PublishedList): ReadonlyMap<string, JsonObject> =>
  new Map(images.toReversed().map((keys) => [identifierOf(keys), keys]))

export const identifierOf = (keys: JsonObject): string => textOf(keys, 'dc:identifier') ?? ''

export function sight(keys: JsonObject): Sighting {
  const bytes = digestOf(keys)
  return {
    keys,
    version: textOf(keys, 'hv:version'),
    bytes,
    source: textOf(keys, 'vmcast:source:sha512')?.toLowerCase() ?? bytes?.sha512 ?? null,
    compress: compressionOf(keys),
    uri: textOf(keys, 'hv:uri'),
  }
}

/** Sum and size as an image's keys give them. Some publishers write the size as text. */
export function digestOf(keys: JsonObject): Digest | null {
  const sha512 = textOf(keys, 'sl:checksum:sha512')?.toLowerCase()
  const size = get(keys, 'hv:size')
  return sha512 && (typeof size === 'number' || typeof size === 'string') && /^\d+$/.test(String(size))
    ? { sha512, size: Number(size) }
    : null
}
