import { fault } from '../../errors.ts'
import type { Digest, ServedAs } from '../../model.ts'
import type { Source } from '../target.ts'
import type { Buffers } from './buffers.ts'
import type { Bucket } from './client.ts'
import type { Conditions } from './conditions.ts'
import { head, remove, sumOf, type Head } from './objects.ts'
import { cut, partSize, type Part } from './parts.ts'

/** A file that is to appear: where, of what, and how it is served. */
export interface Job {
  readonly bucket: Bucket
  readonly key: string
  readonly source: Source
  /** What the source will turn out to be: the key follows from it. */
  readonly digest: Digest
  readonly served: ServedAs
  readonly conditions: Conditions
  readonly buffers: Buffers
}

/** What is stored beside the bytes. */
export const headersOf = ({ digest, served }: Job) => ({
  ContentType: served.contentType,
  CacheControl: served.cacheControl,
  Metadata: { sha512: digest.sha512 },
})

/** The source's bytes in parts, read once; the next one may fail if they turn out to be others than foretold. */
export async function* partsOf({ source, digest, bucket, key, buffers }: Job): AsyncGenerator<Part> {
  yield* cut(source.chunks(), partSize(digest.size), buffers)
  const { sha512, size } = await source.digest()
  if (sha512 !== digest.sha512 || size !== digest.size)
    throw fault('file-changed', { path: bucket.place(key) })
}

/**
 * Whether the object that is there is the file: by its ETag, which the server computed from the bytes that it
 * got, else by reading all of it back. What is noted beside it proves nothing: whoever wrote it chose that.
 * Throws `target-occupied`.
 */
export async function prove({ bucket, key, digest }: Job, there: Head | null, etag: string): Promise<void> {
  if (there?.size === digest.size) {
    if (there.etag === etag) return
    if ((await sumOf(bucket, key, 'sha512'))?.sum === digest.sha512) return
  }
  throw fault('target-occupied', { path: bucket.place(key) })
}

/**
 * Compares what appeared with what was sent; `etag` is null where the server makes ETags that say nothing of
 * the bytes. What does not match is removed again. Throws `target-unverified`.
 */
export async function verify({ bucket, key, digest }: Job, etag: string | null): Promise<void> {
  const there = await head(bucket, key)
  const reason = there ? difference(there, digest, etag) : 'it is not there'
  if (reason === null) return
  if (there) await remove(bucket, key)
  throw fault('target-unverified', { path: bucket.place(key), reason })
}

function difference(there: Head, { size, sha512 }: Digest, etag: string | null): string | null {
  if (there.size !== size) return `it has ${there.size} bytes instead of ${size}`
  if (etag !== null && there.etag !== etag) return 'its ETag is not that of the bytes'
  if (there.sha512 !== sha512) return 'its metadata names another checksum'
  return null
}
