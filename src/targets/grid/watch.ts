/** Calls `onSilence` once after some time without a sign of life from what is watched. */
export class Watch {
  readonly #patience: number
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined
  #resting = false
  #over = false

  /** `patience` in milliseconds. */
  constructor(patience: number, onSilence: () => void) {
    this.#patience = patience
    this.#onSilence = onSilence
  }

  /** Whether it was called. */
  get over(): boolean {
    return this.#over
  }

  /** A sign of life; the next one may be late by `more` milliseconds. */
  alive(more = 0): void {
    clearTimeout(this.#timer)
    if (this.#resting || this.#over) return
    this.#timer = setTimeout(() => {
      this.#over = true
      this.#onSilence()
    }, this.#patience + more)
  }

  /** It is not its turn to do anything. */
  rest(): void {
    this.#resting = true
    clearTimeout(this.#timer)
  }

  /** It is again; the next sign of life may be late by `more` milliseconds. */
  wake(more = 0): void {
    this.#resting = false
    this.alive(more)
  }
}
