import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Source } from './target.ts'

/** Bytes that are at hand, on their way to a target. */
export function fromMemory(bytes: Uint8Array): Source {
  const digest = { sha512: createHash('sha512').update(bytes).digest('hex'), size: bytes.length }
  return {
    size: bytes.length,
    chunks: () => Readable.from([bytes], { objectMode: true }),
    digest: () => Promise.resolve(digest),
    foretell: () => Promise.resolve(digest),
  }
}
