/** Work that goes on side by side; the first failure stands. */
export class Flight {
  readonly #running = new Set<Promise<void>>()
  #failures: unknown[] = []

  start(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => void this.#failures.push(error))
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Throws what has failed so far. */
  check(): void {
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  /** Waits for all, whatever comes of it. */
  async settle(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** Waits for all, and throws what failed. */
  async land(): Promise<void> {
    await this.settle()
    this.check()
  }
}
