import { fileURLToPath } from 'node:url'
import pLimit from 'p-limit'
import { fault, VmcastError } from '../errors.ts'
import { openDisk } from '../files/disk.ts'
import { threadHasher } from '../files/hasher.ts'
import type { Input } from '../files/input.ts'
import { openRemote } from '../files/remote.ts'
import { readThrough } from '../files/ring.ts'
import { textOf } from '../json.ts'
import { failed, passed, type Check } from '../list/check.ts'
import type { Digest, JsonObject, Progress } from '../model.ts'

const SIDE_BY_SIDE = 4

/**
 * Reads every image file behind a list, in bounded memory, and compares its size and sha512 with what the
 * list says. Addresses with http, https and file; redirects are followed. Nothing is taken from a cache.
 */
export async function checkImages(images: readonly JsonObject[], progress: Progress): Promise<Check[]> {
  const limit = pLimit(SIDE_BY_SIDE)
  return await Promise.all(images.map((image) => limit(() => checkImage(image, progress))))
}

async function checkImage(image: JsonObject, progress: Progress): Promise<Check> {
  const said = { size: Number(image['hv:size']), sha512: textOf(image, 'sl:checksum:sha512') ?? '' }
  const uri = textOf(image, 'hv:uri') ?? ''
  const title = `The image “${textOf(image, 'dc:title') ?? ''}”`
  try {
    const difference = differenceOf(await sum(uri, said.size, progress), said)
    if (difference === null) return passed('image', `${title} at ${uri} is the one on the list.`)
    const remedy = 'Ask the endorser to put the right file there, or to publish the list anew.'
    return failed('image', `${title} at ${uri} is not what the list says: ${difference}.`, remedy)
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return failed('image', `${title} is out of reach: ${error.message}`, error.remedy)
  }
}

/** Null if there is none. */
function differenceOf(found: Digest, said: Digest): string | null {
  if (found.size > said.size) return `it has more than ${said.size} bytes`
  if (found.size < said.size) return `it has ${found.size} bytes, not ${said.size}`
  return found.sha512 === said.sha512 ? null : `its sha512 is ${found.sha512.slice(0, 16)}…`
}

/** Sum and size of what is at `uri`; reads no further than just beyond `most` bytes. */
async function sum(uri: string, most: number, progress: Progress): Promise<Digest> {
  const input = await open(uri)
  const task = progress.task(input.name, input.size)
  const hasher = threadHasher()
  try {
    let size = 0
    for await (const chunk of readThrough(input, hasher)) {
      size += chunk.length
      task.advance(chunk.length)
      if (size > most) return { sha512: '', size }
    }
    await input.finish()
    return { sha512: await hasher.digest(), size }
  } finally {
    task.end()
    await hasher.close()
    await input.close()
  }
}

/** A list on the web may name any file here: it learns nothing of it but whether it is the right one. */
const open = (uri: string): Promise<Input> =>
  /^file:/i.test(uri) ? openDisk(pathOf(uri), true, '/') : openRemote(uri, 'any')

/** Throws `file-missing` for an address that names no path here: another host's, or one with an encoded slash. */
function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch (error) {
    throw fault('file-missing', { path: uri }, error)
  }
}
