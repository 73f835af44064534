/** Bytes of parts in memory at once, for all uploads to a target together. */
const MOST = 40 * 1024 * 1024

/** Memory that is used over and over: what is left to the garbage collector piles up faster than it comes to it. */
export class Buffers {
  #free: Buffer[] = []
  #taken = 0
  readonly #waiting: (() => void)[] = []

  /** At least `size` bytes; waits while others hold too much. A single one may be of any size. */
  async take(size: number): Promise<Buffer> {
    while (this.#taken > 0 && this.#taken + size > MOST) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#taken += size
    const free = this.#free.pop()
    return free?.length === size ? free : Buffer.allocUnsafeSlow(size)
  }

  give(buffer: Buffer): void {
    this.#taken -= buffer.length
    this.#free.push(buffer)
    this.#waiting.shift()?.()
  }
}
