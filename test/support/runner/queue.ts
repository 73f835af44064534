/** Groups in which one thing goes on at a time. Of those that wait, all do, or the newest alone. */
export class Queue {
  /** By name, while something goes on: who waits, in order. */
  readonly #groups = new Map<string, ((go: boolean) => void)[]>()

  isBusy(name: string): boolean {
    return this.#groups.has(name)
  }

  /** Waits for its turn in the group; false if it lost its place. Who came in leaves again. */
  async enter(name: string, wait: 'all' | 'newest'): Promise<boolean> {
    const waiting = this.#groups.get(name)
    if (!waiting) {
      this.#groups.set(name, [])
      return true
    }
    if (wait === 'newest') for (const dropped of waiting.splice(0)) dropped(false)
    return await new Promise((resolve) => waiting.push(resolve))
  }

  leave(name: string): void {
    const next = this.#groups.get(name)?.shift()
    if (next) next(true)
    else this.#groups.delete(name)
  }
}
