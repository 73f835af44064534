import { createHash, type Hash } from 'node:crypto'
import type { Buffers } from './buffers.ts'

const MIB = 1024 * 1024

/** The most parts that an upload can have. */
const MOST_PARTS = 10_000
const LEAST_SIZE = 8 * MIB

/** Bytes of each part (but the last) of a file of `size` bytes: always the same, so that the next run can go on. */
export const partSize = (size: number): number =>
  Math.max(LEAST_SIZE, Math.ceil(size / MOST_PARTS / MIB) * MIB)

/** A stretch of a file, in memory of its own. */
export interface Part {
  /** From 1. */
  readonly number: number
  readonly bytes: Uint8Array
  readonly md5: Buffer
  /** Gives the memory back. */
  release(): void
}

/**
 * Cuts chunks into parts of `size` bytes, the last one shorter; of no bytes at all, one empty part. Waits while
 * too much memory is held. Whoever gets a part has to release it.
 */
export async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  buffers: Buffers,
): AsyncGenerator<Part> {
  let draft: Draft | null = null
  let number = 1
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        draft ??= new Draft(await buffers.take(size))
        at += draft.fill(chunk.subarray(at))
        if (!draft.isFull) continue
        const full: Draft = draft
        draft = null
        yield full.finish(number++, buffers)
      }
    }
    const last: Draft | null = draft
    draft = null
    if (last || number === 1) yield (last ?? new Draft(await buffers.take(size))).finish(number, buffers)
  } finally {
    draft?.discard(buffers)
  }
}

/** A part that is being filled; summed up while its bytes are at hand. */
class Draft {
  readonly #memory: Buffer
  readonly #hash: Hash = createHash('md5')
  #filled = 0

  constructor(memory: Buffer) {
    this.#memory = memory
  }

  get isFull(): boolean {
    return this.#filled === this.#memory.length
  }

  /** Takes as many bytes as fit, and says how many. */
  fill(bytes: Uint8Array): number {
    const piece = bytes.subarray(0, this.#memory.length - this.#filled)
    this.#memory.set(piece, this.#filled)
    this.#hash.update(piece)
    this.#filled += piece.length
    return piece.length
  }

  finish(number: number, buffers: Buffers): Part {
    return {
      number,
      bytes: this.#memory.subarray(0, this.#filled),
      md5: this.#hash.digest(),
      release: () => {
        this.discard(buffers)
      },
    }
  }

  discard(buffers: Buffers): void {
    buffers.give(this.#memory)
  }
}

/** The ETag that a server gives to a file that was sent whole, and to one that was sent in parts. */
export function etagOf(md5s: readonly Buffer[], way: 'whole' | 'parts'): string {
  if (way === 'whole') return Buffer.concat(md5s).toString('hex')
  return `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${md5s.length}`
}
