import { stat } from 'node:fs/promises'
import { lookAt } from '../files/hash.ts'
import type { Access } from '../files/source.ts'
import { compressionOf, formatOf } from '../image.ts'
import type { DesiredImage, FileFacts, ImageFile } from '../model.ts'

/** What to do about a file whose sum is neither pinned nor in the cache: read it, or leave it for the upload. */
export type Reading = 'read' | 'defer'

/** What is known of an image's file. One that is pinned is not read; its pin is checked when it is uploaded. */
export async function fileFacts(
  { name, keys }: DesiredImage,
  file: ImageFile,
  reading: Reading,
  access: Access,
): Promise<FileFacts> {
  if (file.sha512 === null) return await lookAt(name, file, formatOf(keys), reading, access)
  const source = file.sha512
  const size = await sizeOf(file)
  const asIs = compressionOf(keys) === null && size !== null
  return { source, size, served: asIs ? { sha512: source, size } : null }
}

/** Null where it cannot be told from here: a plan does not need the file. */
async function sizeOf(file: ImageFile): Promise<number | null> {
  if (file.kind === 'url') return null
  return await stat(file.path).then(
    ({ size }) => size,
    () => null,
  )
}
