import { isSafeKey } from '../address.ts'
import { fault } from '../errors.ts'
import { compressionOf, fileName } from '../image.ts'
import type { DesiredImage, Digest, FileFacts, ListedImage } from '../model.ts'
import { textOf } from '../json.ts'
import { digestOf, type Sighting } from './sighting.ts'
import { highest, nextVersion, versionWarnings } from './version.ts'

/** What is computed of an image: the same in every list that it is on. */
export interface Resolved {
  readonly version: string
  readonly bytes: Digest | null
  readonly source: string | null
  readonly uri: string | null
  readonly upload: ListedImage['upload']
  /** What stops nothing, and yet should be known of it. */
  readonly warnings: readonly string[]
}

/** What else is known of an image's past: a list that names it could not be looked at, or not be read. */
export interface Blind {
  readonly unseen: boolean
  readonly broken: boolean
}

const UNREAD: FileFacts = { source: null, size: null, served: null }

/**
 * Bytes, version and address of an image. Its version rises with its bytes, above what any list of this
 * repository published; bytes that are published already stay where they are. Throws as `nextVersion`
 * does, and `version-unseen` where a list that could not be looked at may hold the version to be given.
 */
export function resolve(
  image: DesiredImage,
  seen: readonly Sighting[],
  facts: FileFacts = UNREAD,
  { unseen, broken }: Blind,
): Resolved {
  const bytes = image.file ? servedBytes(image, seen, facts) : digestOf(image.keys)
  const versions = seen.flatMap(({ version }) => version ?? [])
  const latest = highest(versions)
  const current = seen.filter(({ version }) => version === latest)
  const changed = !bytes || !current.every((one) => one.bytes?.sha512 === bytes.sha512)

  const lost = broken || seen.some(({ version }) => version === null)
  const past = { versions, lost: lost && (latest === null || changed) }
  const version = nextVersion(`the image ${image.name}`, past, textOf(image.keys, 'hv:version'), changed)
  if (unseen && version !== latest) throw fault('version-unseen', { name: image.name })
  const warnings = [...versionWarnings(`the image ${image.name}`, version), ...rebuilt(image, facts, bytes)]
  return { version, bytes, ...place(image, seen, facts, bytes), warnings }
}

/** A file that is not of the size that its pinned bytes have in a published list was made anew, and its pin forgotten. */
const rebuilt = ({ name }: DesiredImage, { source, size }: FileFacts, bytes: Digest | null): string[] =>
  size === null || bytes?.sha512 !== source || bytes.size === size
    ? []
    : [
        `The file of ${name} has ${size} bytes, and its pin is of one with ${bytes.size}: if it is a new build, pin it with \`vmcast hash ${name}\`.`,
      ]

/**
 * The bytes that will be served. A file that was published already, and is to be compressed in the same
 * way, stays as it was published: another machine's compressor may give other bytes.
 */
function servedBytes(
  { keys }: DesiredImage,
  seen: readonly Sighting[],
  { source, served }: FileFacts,
): Digest | null {
  const published = seen.find(
    (one) => source !== null && one.source === source && one.compress === compressionOf(keys),
  )
  return published?.bytes ?? served
}

function place(
  image: DesiredImage,
  seen: readonly Sighting[],
  { source, size }: FileFacts,
  bytes: Digest | null,
): Pick<Resolved, 'source' | 'uri' | 'upload'> {
  if (!image.file) return { source: null, uri: image.uri, upload: null }
  const home = bytes && seen.find((one) => isHome(one, image.uri, bytes))?.uri
  if (home) return { source, uri: home, upload: null }
  const upload = { prefix: image.uri, size, compress: compressionOf(image.keys) }
  return { source, uri: bytes && image.uri + fileName(image, bytes), upload }
}

/** Whether a signed list says that these bytes lie below the prefix, at an address that vmcast could have made. */
export const isHome = ({ uri, bytes }: Sighting, prefix: string, { sha512, size }: Digest): boolean =>
  bytes?.sha512 === sha512 &&
  bytes.size === size &&
  uri?.startsWith(prefix) === true &&
  isSafeKey(uri.slice(prefix.length))
