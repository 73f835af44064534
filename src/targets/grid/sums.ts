import { createHash } from 'node:crypto'
import { fault } from '../../errors.ts'
import { pulled, sumUp, type Sum } from '../bytes.ts'
import type { Client } from './client.ts'

/**
 * Everything in a file; null if it is absent. A program that crashed and is run again has to begin with the bytes
 * that it gave before. Throws `file-changed`.
 */
export const bytesOf = (client: Client, url: string): Promise<AsyncIterable<Uint8Array> | null> =>
  pulled(async (give) => {
    const given = createHash('sha256')
    let [size, behind] = [0, 0]
    const there = await client.get(url, () => {
      const again = createHash('sha256')
      behind = size
      return async (chunk) => {
        const known = chunk.subarray(0, behind)
        const fresh = chunk.subarray(behind)
        if (known.length > 0) {
          again.update(known)
          behind -= known.length
          if (behind === 0 && again.digest('hex') !== given.copy().digest('hex'))
            throw fault('file-changed', { path: url })
        }
        if (fresh.length === 0) return
        given.update(fresh)
        size += fresh.length
        await give(fresh)
      }
    })
    if (behind > 0) throw fault('file-changed', { path: url })
    return there
  })

/** Reads a file back for its sum; null if it is absent. */
export async function readBack(
  client: Client,
  url: string,
  algorithm: 'sha256' | 'sha512',
): Promise<Sum | null> {
  const bytes = await bytesOf(client, url)
  return bytes && (await sumUp(bytes, algorithm))
}

/** The sum of the first `size` bytes of what a source gives. */
export async function sumOfStart(chunks: AsyncIterable<Uint8Array>, size: number): Promise<string> {
  const hash = createHash('sha512')
  let left = size
  for await (const chunk of chunks) {
    hash.update(chunk.subarray(0, left))
    left -= Math.min(left, chunk.length)
    if (left === 0) break
  }
  return hash.digest('hex')
}
