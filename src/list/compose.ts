import { endorserKeys, imageKeys, needsImageExpiry, type Served } from '../computed.ts'
import { formatTime } from '../dates.ts'
import { isArray, isObject } from '../json.ts'
import type { DesiredImage, DesiredList, Json, JsonObject, ListedImage, PlannedList } from '../model.ts'

/**
 * The list as it is signed: the keys of the YAML files as they stand, and what the plan computed.
 * Every listed image must have its bytes and address by now; one that has not is a bug.
 * Source: subscriber contract, points 9–12.
 */
export function compose(
  list: DesiredList,
  images: ReadonlyMap<string, DesiredImage>,
  plan: PlannedList,
  created: Date,
): JsonObject {
  const listed = plan.images.filter((image) => image.action !== 'remove')
  const imageExpires = needsImageExpiry(list) ? { 'dc:date:expires': plan.expires.to } : {}
  return {
    'hv:imagelist': {
      ...list.keys,
      'dc:date:created': formatTime(created),
      'dc:date:expires': plan.expires.to,
      'hv:version': plan.version.to,
      'hv:endorser': endorserKeys(list, plan.signer.to),
      'hv:images': listed.map((image) => ({
        'hv:image': { ...imageExpires, ...composeImage(images.get(image.name), image) },
      })),
    },
  }
}

function composeImage(desired: DesiredImage | undefined, image: ListedImage): JsonObject {
  if (!desired) throw new Error(`${image.name} is planned, but not in the repository`)
  return imageKeys(desired, image.version.to, desired.file && served(image))
}

function served({ name, bytes, uri, source }: ListedImage): Served {
  if (!bytes.to || uri.to === null) throw new Error(`${name} is composed before its bytes are known`)
  return { bytes: bytes.to, uri: uri.to, source }
}

/**
 * JSON as all publishers of this format write it: keys sorted by code point, an indent of 4, `\u` for
 * everything outside ASCII (7-bit clean mail), LF, and one LF at the end.
 */
export const serialize = (value: Json): string =>
  JSON.stringify(sorted(value), null, 4).replace(/[\u007f-\uffff]/g, escape) + '\n'

const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

function sorted(value: Json): Json {
  if (isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  // fromEntries defines keys, so that one named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
