import { CompleteMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { brokeOff } from '../retry.ts'
import { Flight } from './flight.ts'
import { headersOf, partsOf, prove, verify, type Job } from './job.ts'
import { bare, head, isBeaten } from './objects.ts'
import { etagOf, type Part } from './parts.ts'
import { abort, arrivedOf, resume, type Unfinished } from './unfinished.ts'

/**
 * Sends a file in parts, several side by side, those that an earlier run sent left out; nothing shows before the
 * last step. What a broken connection leaves is for the next call; whatever else fails, nothing is left.
 */
export async function sendParts(job: Job): Promise<void> {
  const { bucket, key } = job
  const unfinished = await resume(bucket, key, headersOf(job))
  const flight = new Flight()
  try {
    await complete(job, unfinished, await send(job, unfinished, flight))
  } catch (error) {
    await flight.settle()
    if (!brokeOff(error)) await abort(bucket, unfinished).catch(() => undefined)
    throw error
  }
}

/** A part at the server. */
interface Arrived {
  readonly md5: Buffer
  etag: string
}

async function send(job: Job, unfinished: Unfinished, flight: Flight): Promise<readonly Arrived[]> {
  const there = await arrivedOf(job.bucket, unfinished)
  const all: Arrived[] = []
  for await (const part of partsOf(job)) {
    const etag = part.md5.toString('hex')
    const arrived = { md5: part.md5, etag }
    all.push(arrived)
    if (there.get(part.number) === etag) part.release()
    else
      flight.start(async () => {
        try {
          arrived.etag = await sendPart(job, unfinished, part)
        } finally {
          part.release()
        }
      })
    flight.check()
  }
  await flight.land()
  return all
}

async function sendPart(
  { bucket, key }: Job,
  { id }: Unfinished,
  { number, bytes, md5 }: Part,
): Promise<string> {
  const { ETag: etag } = await bucket.ask(key, (client) =>
    client.send(
      new UploadPartCommand({
        ...bucket.object(key),
        UploadId: id,
        PartNumber: number,
        Body: bytes,
        ContentMD5: md5.toString('base64'),
      }),
    ),
  )
  return bare(etag)
}

/** Makes the file appear, unless something has appeared meanwhile: some servers look for that, and some do not. */
async function complete(job: Job, unfinished: Unfinished, parts: readonly Arrived[]): Promise<void> {
  const { bucket, key, conditions } = job
  const md5s = parts.map(({ md5 }) => md5)
  const etag = etagOf(md5s, 'parts')
  const command = new CompleteMultipartUploadCommand({
    ...bucket.object(key),
    UploadId: unfinished.id,
    MultipartUpload: { Parts: parts.map(({ etag }, at) => ({ PartNumber: at + 1, ETag: etag })) },
    ...(conditions && { IfNoneMatch: '*' }),
  })
  const before = await head(bucket, key)
  const done = before ? null : await bucket.askUnless(isBeaten, key, (client) => client.send(command))
  if (done) {
    const isSum = parts.every((part) => part.etag === part.md5.toString('hex'))
    await verify(job, isSum ? etag : null)
  } else {
    await prove(job, before ?? (await head(bucket, key)), etag)
    await abort(bucket, unfinished)
  }
}
