import { statSync } from 'node:fs'
import { fault } from '../errors.ts'
import { compressionOf } from '../image.ts'
import type { DesiredImage, FileFacts, ImageFile } from '../model.ts'

/** What to do about a file whose sum is neither pinned nor in the cache: read it, or leave it for the upload. */
export type Reading = 'read' | 'defer'

/**
 * What is known of a file that is pinned, without reading it: its pin is checked when it is uploaded. Where its bytes are
 * `published` already, its size tells whether it is that file still.
 */
export function pinnedFacts(
  { keys }: DesiredImage,
  file: ImageFile,
  pin: string,
  published: boolean,
): FileFacts {
  const size = sizeOf(file)
  const asIs = !published && compressionOf(keys) === null && size !== null
  return { source: pin, size, served: asIs ? { sha512: pin, size } : null }
}

/**
 * What another machine says of a file, which is not looked at here. Throws `claim-refused` where that is not the
 * pinned one, or what is served cannot be made of it.
 */
export function claimedFacts(
  { name, keys }: DesiredImage,
  { sha512: pin }: ImageFile,
  claim: FileFacts,
): FileFacts {
  const { source, served } = claim
  if (pin !== null && pin !== source)
    throw fault('claim-refused', { image: name, reason: 'the file that it speaks of is not the pinned one' })
  if (served && served.sha512 !== source && compressionOf(keys) === null)
    throw fault('claim-refused', {
      image: name,
      reason: 'nothing compresses this file, and yet other bytes are served',
    })
  return claim
}

/** Null where it cannot be told from here: a plan does not need the file. There may be thousands: a promise each would cost ten times as much. */
function sizeOf(file: ImageFile): number | null {
  if (file.kind === 'url') return null
  try {
    return statSync(file.path, { throwIfNoEntry: false })?.size ?? null
  } catch {
    return null
  }
}
