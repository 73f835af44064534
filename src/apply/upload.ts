import { dirname, join } from 'node:path/posix'
import pLimit from 'p-limit'
import { asFailure } from '../errors.ts'
import { ImageSource, judgeFormat, openInput, type Access } from '../files/source.ts'
import { fileName, formatOf } from '../image.ts'
import type { Desired, DesiredImage, Failure, FileFacts, PlannedList } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'

/** Uploads at once: more connections fill a line that one does not. */
const SIDE_BY_SIDE = 4

/**
 * Uploads every image file that the lists need and that is not where it belongs: each once, several side by
 * side, in one pass. What came out, by image name; a failure is a value, and stops the lists it is on.
 * Throws `interrupted`, once each of them has given back what it held.
 */
export async function uploadMissing(
  lists: readonly PlannedList[],
  images: Desired['images'],
  pool: TargetPool,
  access: Access,
): Promise<Map<string, FileFacts | Failure>> {
  const missing = lists.flatMap((list) =>
    list.images.flatMap((image) =>
      image.action !== 'remove' && image.upload ? [[image.name, image.source] as const] : [],
    ),
  )
  const limit = pLimit(SIDE_BY_SIDE)
  const uploads = [...new Map(missing)].map(([name, planned]) =>
    limit(
      async () => [name, await upload(images.get(name), planned, pool, access).catch(asFailure)] as const,
    ),
  )
  const results = new Map(await Promise.all(uploads))
  access.signal.throwIfAborted()
  return results
}

/**
 * `planned`: the sum that the plan was made with, which a file without a pin must have; null if it was not
 * known. Throws what reading, compressing or writing it can throw; then nothing has its final name.
 */
async function upload(
  image: DesiredImage | undefined,
  planned: string | null,
  pool: TargetPool,
  access: Access,
): Promise<FileFacts> {
  if (!image?.file) throw new Error('Only images with a file are uploaded.')
  const pin = image.file.sha512 ?? planned
  const { target, key: partial } = await pool.reach(`${image.uri}~${image.identifier}.partial`)
  const input = await openInput(image.file, access)
  try {
    const compression = judgeFormat(input, formatOf(image.keys))
    const source = new ImageSource(image.name, input, pin, compression, access)
    try {
      await target.write(partial, source, (digest) => join(dirname(partial), fileName(image, digest)))
    } finally {
      source.close()
    }
    return await source.facts()
  } finally {
    await input.close()
  }
}
