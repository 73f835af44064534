import { randomUUID } from 'node:crypto'
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { Bucket } from './client.ts'
import type { Refusal } from './explain.ts'
import { isBeaten, put, remove } from './objects.ts'

/** How a server wants an ETag in `If-Match`; null where it does not keep to conditions at all. */
export type Conditions = ((etag: string) => string) | null

/** As the standard says (RFC 9110, section 8.8.3), and as Ceph's gateway compares it. */
const SPELLINGS = [(etag: string) => `"${etag}"`, (etag: string) => etag]

/** No file of a list has such a name: `isSafeKey` lets none begin with a dot. */
const PROBE = '.vmcast-probe-'
/** Milliseconds after which a probe is one that a killed run left. */
const STALE = 3_600_000

const REFUSED = ({ status }: Refusal) => status === 501 || status === 400

/**
 * Tries out, on an object of its own that is removed again, whether the server keeps to conditions: each is
 * tried where it holds and where it does not. What a server merely accepts, it may well ignore.
 */
export async function probe(bucket: Bucket): Promise<Conditions> {
  await removeStale(bucket)
  const key = PROBE + randomUUID()
  const write = (content: string, condition: { IfNoneMatch: '*' } | { IfMatch: string }) =>
    put(
      bucket,
      key,
      { Body: Buffer.from(content), ...condition },
      (refusal) => isBeaten(refusal) || REFUSED(refusal),
    )
  try {
    const first = await write('first', { IfNoneMatch: '*' })
    if (first === null || (await write('second', { IfNoneMatch: '*' })) !== null) return null
    for (const spell of SPELLINGS) {
      if ((await write('third', { IfMatch: spell('0'.repeat(32)) })) !== null) return null
      if ((await write('fourth', { IfMatch: spell(first) })) !== null) return spell
    }
    return null
  } finally {
    await remove(bucket, key)
  }
}

async function removeStale(bucket: Bucket): Promise<void> {
  const { Bucket, Key } = bucket.object(PROBE)
  const { Contents = [] } = await bucket.ask('', (client) =>
    client.send(new ListObjectsV2Command({ Bucket, Prefix: Key })),
  )
  const limit = Date.now() - STALE
  const stale = Contents.filter(({ LastModified }) => LastModified && LastModified.getTime() < limit)
  for (const { Key: name } of stale) if (name) await remove(bucket, name.slice(bucket.prefix.length))
}
