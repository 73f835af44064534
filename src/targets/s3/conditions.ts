import { isFault } from '../../errors.ts'
import type { Bucket } from './client.ts'
import { isAbsent, isBeaten, put, remove } from './objects.ts'

/** How a server wants an ETag in `If-Match`; null where it does not keep to conditions at all. */
export type Conditions = ((etag: string) => string) | null

/** As the standard says (RFC 9110, section 8.8.3), and as Ceph's gateway compares it. */
const SPELLINGS = [(etag: string) => `"${etag}"`, (etag: string) => etag]

/** No file of a list has such a name: `isSafeKey` lets none begin with a dot. */
const PROBE = '.vmcast-probe'
/** The same for all, so that the probes of several publishers do not change each other's ETag. */
const CONTENT = Buffer.from('vmcast tries out whether this server keeps to conditions\n')
const WRONG = '0'.repeat(32)

/** Others who publish at the same moment remove the probe, too: each can disturb one try of ours. */
const TRIES = 10

/**
 * Tries out, on an object that is removed again, whether the server keeps to conditions: it must refuse what
 * does not hold. What it merely accepts, it may well ignore. A probe that a killed run left is used and removed.
 */
export async function probe(bucket: Bucket): Promise<Conditions> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const etag = await write(bucket, {})
      for (const spell of SPELLINGS) {
        if ((await write(bucket, { IfMatch: spell(WRONG) })) !== null) return null
        if (etag === null || (await write(bucket, { IfMatch: spell(etag) })) === null) continue
        if ((await write(bucket, { IfNoneMatch: '*' })) === null) return spell
      }
    }
    return null
  } catch (error) {
    if (isFault(error, 's3-failed')) return null
    throw error
  } finally {
    await remove(bucket, PROBE)
  }
}

/** The ETag of what was written; null if the condition, they say, does not hold. */
const write = (bucket: Bucket, condition: { IfNoneMatch?: '*'; IfMatch?: string }): Promise<string | null> =>
  put(bucket, PROBE, { Body: CONTENT, ...condition }, (refusal) => isBeaten(refusal) || isAbsent(refusal))
