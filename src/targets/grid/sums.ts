import { createHash } from 'node:crypto'
import type { Client } from './client.ts'

/** Bytes that are there, by their sum in hex. */
export interface Sum {
  readonly sum: string
  /** Bytes. */
  readonly size: number
}

/** Reads a file back for its sum; null if it is absent. */
export async function readBack(
  client: Client,
  url: string,
  algorithm: 'sha256' | 'sha512',
): Promise<Sum | null> {
  let hash = createHash(algorithm)
  let size = 0
  const there = await client.get(url, () => {
    hash = createHash(algorithm)
    size = 0
    return (chunk) => {
      hash.update(chunk)
      size += chunk.length
    }
  })
  return there ? { sum: hash.digest('hex'), size } : null
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

/** So many additions of bytes stay below 2^32 (RFC 1950, 9). */
const BLOCK = 5552
const MODULUS = 65521

/** Adler-32 (RFC 1950), what dCache and GridFTP servers keep of each file. */
export class Adler32 {
  #low = 1
  #high = 0

  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += BLOCK) {
      for (const byte of bytes.subarray(from, from + BLOCK)) {
        this.#low += byte
        this.#high += this.#low
      }
      this.#low %= MODULUS
      this.#high %= MODULUS
    }
  }

  /** Eight lower-case hex digits. */
  get hex(): string {
    return (this.#high * 65536 + this.#low).toString(16).padStart(8, '0')
  }
}
