import { headersOf, partsOf, prove, verify, type Job } from './job.ts'
import { sendParts } from './multipart.ts'
import { head, isBeaten, put } from './objects.ts'
import { etagOf, partSize, type Part } from './parts.ts'
import { sweep } from './unfinished.ts'

/**
 * Sends a file straight to its key, where nothing shows until all of it has arrived and was compared.
 * Throws `target-occupied`, `target-unverified`, and what the source throws.
 */
export async function upload(job: Job): Promise<void> {
  const { bucket, key, digest } = job
  const isSmall = digest.size <= partSize(digest.size)
  const there = await head(bucket, key)
  if (there) await prove(job, there, await readForEtag(job, isSmall ? 'whole' : 'parts'))
  else await (isSmall ? sendWhole(job) : sendParts(job))
  if (!isSmall) await sweep(bucket, key)
}

async function readForEtag(job: Job, way: 'whole' | 'parts'): Promise<string> {
  const md5s: Buffer[] = []
  for await (const part of partsOf(job)) {
    md5s.push(part.md5)
    part.release()
  }
  return etagOf(md5s, way)
}

async function sendWhole(job: Job): Promise<void> {
  const { bucket, key, conditions } = job
  let whole: Part | null = null
  try {
    for await (const part of partsOf(job)) {
      whole?.release() // there is more than was foretold, and the end of the parts will say so
      whole = part
    }
    if (!whole) throw new Error('Of nothing at all there is a part, too.')
    const etag = etagOf([whole.md5], 'whole')
    const condition = conditions ? { IfNoneMatch: '*' } : {}
    const done = await put(bucket, key, { Body: whole.bytes, ...headersOf(job), ...condition }, isBeaten)
    if (done === null) await prove(job, await head(bucket, key), etag)
    else await verify(job, done === etag ? etag : null)
  } finally {
    whole?.release()
  }
}
