import { randomInt } from 'node:crypto'

/** How many pieces of a file are compared, and how long each is, in bytes. */
const COUNT = 32
const LENGTH = 32 * 1024

export interface Sample {
  readonly position: number
  readonly bytes: Buffer
}

/**
 * Pieces of bytes that go by in blocks, each block as likely to have one as every other, whatever their number turns out to
 * be (reservoir sampling), and the last one; to be compared with what lies there, where a server computes no sums.
 */
export class Samples {
  readonly #kept: Sample[] = []
  #last: Sample | null = null
  #seen = 0

  /** Copies what it keeps. */
  see(block: Uint8Array, position: number): void {
    if (block.length === 0) return
    const offset = randomInt(Math.max(1, block.length - LENGTH + 1))
    const take = (at: number): Sample => ({
      position: position + at,
      bytes: Buffer.from(block.subarray(at, at + LENGTH)),
    })
    const place = this.#seen < COUNT ? this.#seen : randomInt(this.#seen + 1)
    if (place < COUNT) this.#kept[place] = take(offset)
    this.#last = take(Math.max(0, block.length - LENGTH))
    this.#seen++
  }

  get kept(): readonly Sample[] {
    return this.#last ? [...this.#kept, this.#last] : this.#kept
  }
}
