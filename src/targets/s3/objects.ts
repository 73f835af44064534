import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { sumUp } from '../bytes.ts'
import type { Bucket } from './client.ts'
import type { Refusal } from './explain.ts'

/** What a server says of an object. */
export interface Head {
  readonly size: number
  readonly etag: string
  /** What vmcast wrote beside the bytes when it sent them. */
  readonly sha512: string | undefined
}

/** No such object; a bucket that is missing is another matter. */
export const isAbsent = ({ code, status }: Refusal): boolean => status === 404 && code !== 'NoSuchBucket'

/** Refused, because the object is not, or not any more, as the condition said. */
export const isBeaten = ({ code, status }: Refusal): boolean =>
  status === 412 || code === 'ConditionalRequestConflict'

/** An ETag as servers write it (`"…"`, `W/"…"`), without its quotes. */
export const bare = (etag: string | undefined): string => (etag ?? '').replace(/^W\/|"/g, '')

export async function head(bucket: Bucket, key: string): Promise<Head | null> {
  const answer = await bucket.askUnless(isAbsent, key, (client) =>
    client.send(new HeadObjectCommand(bucket.object(key))),
  )
  if (!answer) return null
  return { size: answer.ContentLength ?? 0, etag: bare(answer.ETag), sha512: answer.Metadata?.sha512 }
}

/**
 * Reads an object; `take` gets its bytes and its ETag, and may leave off. Null if there is none.
 */
export async function get<T>(
  bucket: Bucket,
  key: string,
  take: (body: AsyncIterable<Uint8Array>, etag: string) => Promise<T>,
): Promise<T | null> {
  return await bucket.askUnless(isAbsent, key, async (client) => {
    const { Body: body, ETag: etag } = await client.send(new GetObjectCommand(bucket.object(key)))
    if (!(body instanceof Readable)) throw new Error('On Node, a body is a stream.')
    try {
      return await take(body as AsyncIterable<Uint8Array>, bare(etag))
    } finally {
      body.destroy()
    }
  })
}

/** The sum of all bytes of an object, in hex, and its ETag; null if there is none. */
export const sumOf = (bucket: Bucket, key: string, algorithm: 'sha256' | 'sha512') =>
  get(bucket, key, async (body, etag) => ({ ...(await sumUp(body, algorithm)), etag }))

/** Writes an object in one request; its ETag, or null where the server refuses as `isExpected` says. */
export async function put(
  bucket: Bucket,
  key: string,
  input: Omit<PutObjectCommandInput, 'Bucket' | 'Key' | 'Body' | 'ContentMD5'> & { Body: Uint8Array },
  isExpected: (refusal: Refusal) => boolean,
): Promise<string | null> {
  const ContentMD5 = createHash('md5').update(input.Body).digest('base64')
  const answer = await bucket.askUnless(isExpected, key, (client) =>
    client.send(new PutObjectCommand({ ...bucket.object(key), ...input, ContentMD5 })),
  )
  return answer && bare(answer.ETag)
}

/** Absent is success. */
export async function remove(bucket: Bucket, key: string): Promise<void> {
  await bucket.askUnless(isAbsent, key, (client) => client.send(new DeleteObjectCommand(bucket.object(key))))
}
