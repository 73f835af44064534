/** Groups in which one thing goes on at a time and one waits; a third takes the place of the one that waits. */
export class Queue {
  readonly #groups = new Map<string, Group>()

  isBusy(name: string): boolean {
    return this.#groups.has(name)
  }

  /** Waits for its turn in the group; false if it lost its place. Who came in leaves again. */
  async enter(name: string): Promise<boolean> {
    const group = this.#groups.get(name)
    if (!group) {
      this.#groups.set(name, { next: null })
      return true
    }
    group.next?.(false)
    return await new Promise((resolve) => (group.next = resolve))
  }

  leave(name: string): void {
    const group = this.#groups.get(name)
    if (!group?.next) {
      this.#groups.delete(name)
      return
    }
    group.next(true)
    group.next = null
  }
}

interface Group {
  next: ((go: boolean) => void) | null
}
