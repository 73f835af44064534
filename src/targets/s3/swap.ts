import { fault } from '../../errors.ts'
import type { ServedAs, Tag } from '../../model.ts'
import type { Bucket } from './client.ts'
import type { Conditions } from './conditions.ts'
import type { Refusal } from './explain.ts'
import { head, isAbsent, isBeaten, put, sumOf } from './objects.ts'
import { tagOf } from '../tag.ts'

/** `Target.swap`. Without `conditions` there is a moment between the look and the write that nothing guards. */
export async function swap(
  bucket: Bucket,
  key: string,
  bytes: Uint8Array,
  expect: Tag | null,
  { served, conditions }: { served: ServedAs; conditions: Conditions },
): Promise<Tag> {
  const etag = await compare(bucket, key, expect)
  const condition = conditions && (etag === null ? { IfNoneMatch: '*' } : { IfMatch: conditions(etag) })
  const headers = { ContentType: served.contentType, CacheControl: served.cacheControl }
  const isLost = expect === null ? isBeaten : (refusal: Refusal) => isBeaten(refusal) || isAbsent(refusal)
  if ((await put(bucket, key, { Body: bytes, ...headers, ...condition }, isLost)) === null) {
    throw fault('target-conflict', { key })
  }
  return tagOf(bytes)
}

/** The ETag of what is there; throws `target-conflict` unless that is what was seen. */
async function compare(bucket: Bucket, key: string, expect: Tag | null): Promise<string | null> {
  if (expect === null) {
    if (await head(bucket, key)) throw fault('target-conflict', { key })
    return null
  }
  const there = await sumOf(bucket, key, 'sha256')
  if (there?.sum !== expect) throw fault('target-conflict', { key })
  return there.etag
}
