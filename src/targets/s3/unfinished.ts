import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import type { CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3'
import type { Bucket } from './client.ts'
import { bare } from './objects.ts'

/** An upload in parts that was begun and not completed. */
export interface Unfinished {
  readonly key: string
  readonly id: string
  readonly since: Date
}

/** Milliseconds after which nobody works on an upload any more. */
const STALE = 7 * 24 * 3_600_000

/** What vmcast names an image file: `<identifier>_<16 digits of the sum>.<extension>`. */
const IMAGE = /^(.+_)[0-9a-f]{16}\.[a-z0-9.]+$/

/** Goes on with the upload of `key` that was begun first, or begins one. */
export async function resume(
  bucket: Bucket,
  key: string,
  headers: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>,
): Promise<Unfinished> {
  const [first] = (await list(bucket, key)).filter((one) => one.key === key)
  if (first) return first
  const { UploadId: id } = await bucket.ask(key, (client) =>
    client.send(new CreateMultipartUploadCommand({ ...bucket.object(key), ...headers })),
  )
  if (id === undefined) throw new Error('An upload has an id.')
  return { key, id, since: new Date() }
}

/** What arrived of it so far: the MD5 of each part, in hex, by number. */
export async function arrivedOf(
  bucket: Bucket,
  { key, id }: Unfinished,
): Promise<ReadonlyMap<number, string>> {
  const parts = new Map<number, string>()
  for (let isMore = true, after: string | undefined; isMore;) {
    const page = await bucket.ask(key, (client) =>
      client.send(new ListPartsCommand({ ...bucket.object(key), UploadId: id, PartNumberMarker: after })),
    )
    for (const { PartNumber: number, ETag: etag } of page.Parts ?? []) {
      if (number !== undefined) parts.set(number, bare(etag))
    }
    // Ceph gives a marker after the last page, too: the SDK's own paginator would go on for ever.
    isMore = page.IsTruncated === true && page.NextPartNumberMarker !== after
    after = page.NextPartNumberMarker
  }
  return parts
}

/** Gone is success. */
export async function abort(bucket: Bucket, { key, id }: Unfinished): Promise<void> {
  await bucket.askUnless(
    ({ status }) => status === 404,
    key,
    (client) => client.send(new AbortMultipartUploadCommand({ ...bucket.object(key), UploadId: id })),
  )
}

/**
 * Ends, once `key` is there, what other runs began and nobody will complete: uploads of the same file, and of
 * other versions of the same image if they are a week old.
 */
export async function sweep(bucket: Bucket, key: string): Promise<void> {
  const image = IMAGE.exec(key)?.[1]
  const limit = Date.now() - STALE
  for (const one of await list(bucket, image ?? key)) {
    const isOld = IMAGE.exec(one.key)?.[1] === image && one.since.getTime() < limit
    if (one.key === key || (image !== undefined && isOld)) await abort(bucket, one)
  }
}

/** The unfinished uploads whose keys begin so, the first ones first. */
async function list(bucket: Bucket, start: string): Promise<Unfinished[]> {
  const { Bucket, Key } = bucket.object(start)
  const { Uploads = [] } = await bucket.ask(start, (client) =>
    client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key })),
  )
  return Uploads.flatMap(({ Key: name, UploadId: id, Initiated: since }) =>
    name && id && since ? [{ key: name.slice(bucket.prefix.length), id, since }] : [],
  ).sort((a, b) => a.since.getTime() - b.since.getTime() || (a.id < b.id ? -1 : 1))
}
