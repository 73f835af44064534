import type { Digest, FileFacts, ImageFile } from '../model.ts'
import type { Input } from './input.ts'
import { kindOf, type Kind } from './magic.ts'
import { ImageSource, judgeFormat, openInput, type Access } from './source.ts'

/**
 * What is known of an image's file. `reading`: whether it is read if its sum is not in the cache. The pin is
 * not looked at, except for what may be read at all. Throws `format-mismatch`, and why it cannot be read.
 */
export async function lookAt(
  title: string,
  file: ImageFile,
  format: string,
  reading: 'read' | 'defer',
  access: Access,
): Promise<FileFacts> {
  const input = await openInput(file, access)
  try {
    const compression = judgeFormat(input, format)
    const digest = reading === 'read' ? await sum(title, input, access) : await recall(input, access)
    return {
      source: digest?.sha512 ?? null,
      size: digest?.size ?? input.size,
      served: compression ? null : digest,
    }
  } finally {
    await input.close()
  }
}

/** What uploading the file would give, read and compressed as then. Throws as that does. */
export async function rehearse(
  title: string,
  file: ImageFile,
  format: string,
  access: Access,
): Promise<FileFacts> {
  const input = await openInput(file, access)
  try {
    const source = new ImageSource(title, input, file.sha512, judgeFormat(input, format), access)
    await source.drain()
    return await source.facts()
  } finally {
    await input.close()
  }
}

/** A file's sum and size, and what kind of file it is; read only if its sum is not in the cache. */
export async function hashFile(
  title: string,
  file: ImageFile,
  access: Access,
): Promise<Digest & { kind: Kind }> {
  const input = await openInput(file, access)
  try {
    return { ...(await sum(title, input, access)), kind: kindOf(input.head) }
  } finally {
    await input.close()
  }
}

async function sum(title: string, input: Input, access: Access): Promise<Digest> {
  const seen = await recall(input, access)
  if (seen) return seen
  const source = new ImageSource(title, input, null, null, access)
  await source.drain()
  return source.source()
}

async function recall({ identity }: Input, { cache }: Access): Promise<Digest | null> {
  const sha512 = identity && (await cache.get(identity))
  return sha512 === null ? null : { sha512, size: Number(identity?.size) }
}
