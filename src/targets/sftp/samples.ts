import { randomInt } from 'node:crypto'
import type { Session } from './session.ts'

/** How many pieces of a file are compared, and how long each is, in bytes. */
const COUNT = 32
const LENGTH = 32 * 1024

interface Sample {
  readonly position: number
  readonly bytes: Buffer
}

/**
 * Pieces of what was sent, each part of it as likely to be among them as any other whatever its length
 * (reservoir sampling), and the last one; to be compared with what lies there, where the server cannot compute sums.
 */
export class Samples {
  readonly #kept: Sample[] = []
  #last: Sample | null = null
  #seen = 0

  /** Copies what it keeps. */
  see(bytes: Buffer, position: number): void {
    const offset = randomInt(Math.max(1, bytes.length - LENGTH + 1))
    const take = (at: number): Sample => ({
      position: position + at,
      bytes: Buffer.from(bytes.subarray(at, at + LENGTH)),
    })
    const place = this.#seen < COUNT ? this.#seen : randomInt(this.#seen + 1)
    if (place < COUNT) this.#kept[place] = take(offset)
    this.#last = take(Math.max(0, bytes.length - LENGTH))
    this.#seen++
  }

  /** Whether the open file holds all of them. */
  async areIn(session: Session, handle: Buffer): Promise<boolean> {
    const samples = this.#last ? [...this.#kept, this.#last] : this.#kept
    const answers = samples.map(async ({ position, bytes }) =>
      bytes.equals(await session.read(handle, position, bytes.length)),
    )
    return (await Promise.all(answers)).every(Boolean)
  }
}
