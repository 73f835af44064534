import { formatTime } from '../dates.ts'
import type { DesiredImage, DesiredList, Json, JsonObject, ListedImage, PlannedList } from '../model.ts'
import { isObject } from './parse.ts'

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
      'hv:endorser': endorser(list.keys['hv:endorser'], plan),
      'hv:images': listed.map((image) => ({
        'hv:image': { ...imageExpires, ...composeImage(images.get(image.name), image) },
      })),
    },
  }
}

/** Whether a profile of the list counts an image without `dc:date:expires` as expired. */
export const needsImageExpiry = (list: DesiredList): boolean =>
  list.profiles.includes('atrope') || list.profiles.includes('cloudkeeper')

function composeImage(desired: DesiredImage | undefined, image: ListedImage): JsonObject {
  if (!desired) throw new Error(`${image.name} is planned, but not in the repository`)
  if (!desired.file) return { ...desired.keys, 'hv:version': image.version.to }
  const { bytes, uri, source } = image
  if (!bytes.to || uri.to === null) throw new Error(`${image.name} is composed before its bytes are known`)
  return {
    ...desired.keys,
    'hv:version': image.version.to,
    'hv:uri': uri.to,
    'hv:size': bytes.to.size,
    'sl:checksum:sha512': bytes.to.sha512,
    ...(source !== null && source !== bytes.to.sha512 ? { 'vmcast:source:sha512': source } : {}),
  }
}

/** The endorser's own keys, with the names of the certificate that signs. */
function endorser(value: Json | undefined, plan: PlannedList): JsonObject {
  const given = isObject(value) ? value : {}
  const x509 = isObject(given['hv:x509']) ? given['hv:x509'] : {}
  return { ...given, 'hv:x509': { ...x509, 'hv:dn': plan.signer.to.dn, 'hv:ca': plan.signer.to.ca } }
}

/**
 * JSON as all publishers of this format write it: keys sorted by code point, an indent of 4, `\u` for
 * everything outside ASCII (7-bit clean mail), LF, and one LF at the end.
 */
export const serialize = (value: Json): string =>
  JSON.stringify(sorted(value), null, 4).replace(/[\u007f-\uffff]/g, escape) + '\n'

const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted)
  if (!isObject(value)) return value
  // fromEntries defines keys, so that one named __proto__ stays a key.
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
