import { asObject } from './json.ts'
import type { DesiredImage, DesiredList, Digest, JsonObject, SignerName } from './model.ts'

/** Keys that vmcast computes: what the plan compares is what is composed. */

/** What is computed of an image that vmcast uploads. */
export interface Served {
  readonly bytes: Digest
  readonly uri: string
  /** Sum of the file that the bytes were made from. */
  readonly source: string | null
}

/**
 * An image's keys as they are published; `served` is null for one that is hosted elsewhere. Its
 * `dc:date:expires` may still follow from its list.
 */
export function imageKeys({ keys }: DesiredImage, version: string, served: Served | null): JsonObject {
  if (!served) return { ...keys, 'hv:version': version }
  const { bytes, uri, source } = served
  return {
    ...keys,
    'hv:version': version,
    'hv:uri': uri,
    'hv:size': bytes.size,
    'sl:checksum:sha512': bytes.sha512,
    ...(source !== null && source !== bytes.sha512 ? { 'vmcast:source:sha512': source } : {}),
  }
}

/** Whether a profile of the list counts an image without `dc:date:expires` as expired. */
export const needsImageExpiry = ({ profiles }: DesiredList): boolean =>
  profiles.includes('atrope') || profiles.includes('cloudkeeper')

/** `hv:endorser` as it is published: with the names of the certificate that signs. */
export function endorserKeys({ keys }: DesiredList, { dn, ca }: SignerName): JsonObject {
  const given = asObject(keys['hv:endorser'])
  return { ...given, 'hv:x509': { ...asObject(given['hv:x509']), 'hv:dn': dn, 'hv:ca': ca } }
}
