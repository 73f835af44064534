import { imageKeys } from '../computed.ts'
import type { DesiredImage, DesiredList, JsonObject, ListedImage, RemovedImage } from '../model.ts'
import { textOf } from '../json.ts'
import { keyChanges, omit } from './compare.ts'
import type { Resolved } from './resolve.ts'
import { identifierOf, sight, type Sighting } from './sighting.ts'

/** Keys that an image plan tells of in fields of its own. */
const BYTES = ['hv:size', 'sl:checksum:sha512', 'vmcast:source:sha512']
const COMPUTED = ['hv:version', 'hv:uri', ...BYTES]

/**
 * How an image on a list changes. `published`: its keys there, if it is on it already; `expires`: the
 * `dc:date:expires` that it gets from its list, null where it gets none.
 */
export function planImage(
  image: DesiredImage,
  resolved: Resolved,
  published: JsonObject | undefined,
  expires: string | null,
): ListedImage {
  const was = published ? sight(published) : null
  const changes = keyChanges(published ?? {}, expectedKeys(image, resolved, published, expires))
  const { version, bytes, source, uri, upload } = resolved
  const plan = {
    name: image.name,
    identifier: image.identifier,
    title: textOf(image.keys, 'dc:title') ?? '',
    version: { from: was?.version ?? null, to: version },
    bytes: { from: was?.bytes ?? null, to: bytes },
    source,
    uri: { from: was?.uri ?? null, to: uri },
    upload,
  }
  const told = toldKeys(was, resolved)
  return {
    action: !was ? 'add' : changes.length > 0 || !bytes ? 'change' : 'keep',
    ...plan,
    keys: changes.filter(({ key }) => !told.includes(key)),
  }
}

/** All that will be published of an image, as far as it is known. */
function expectedKeys(
  image: DesiredImage,
  resolved: Resolved,
  published: JsonObject | undefined,
  expires: string | null,
): JsonObject {
  const keys = computedKeys(image, resolved)
  if (expires === null) return keys
  // An end that follows the list's is always another one, and no change.
  const end = published && textOf(published, 'dc:date:expires')
  return { 'dc:date:expires': end ?? expires, ...keys }
}

function computedKeys(image: DesiredImage, { version, bytes, source, uri }: Resolved): JsonObject {
  if (!image.file) return imageKeys(image, version, null)
  if (!bytes || uri === null) return omit(image.keys, COMPUTED)
  return imageKeys(image, version, { bytes, source, uri })
}

/** A computed key that kept its meaning, and yet differs (`"5"` for 5), is told as a key. */
function toldKeys(was: Sighting | null, { version, bytes, uri }: Resolved): string[] {
  return [
    ...(was?.version === version ? [] : ['hv:version']),
    ...(was?.uri === uri ? [] : ['hv:uri']),
    ...(was?.bytes && was.bytes.sha512 === bytes?.sha512 ? [] : BYTES),
  ]
}

/** An image that leaves its list. */
export const planRemoval = (keys: JsonObject, revoked: DesiredList['revoked']): RemovedImage => {
  const { reason, advisory } = revoked.get(identifierOf(keys)) ?? { reason: null, advisory: null }
  return {
    action: 'remove',
    identifier: identifierOf(keys),
    title: textOf(keys, 'dc:title') ?? '',
    version: textOf(keys, 'hv:version'),
    reason,
    advisory,
  }
}
