import type { Hasher } from './hasher.ts'
import type { Input } from './input.ts'

const SLOTS = 4
const SLOT = 2 * 1024 * 1024

interface Slot {
  readonly bytes: Uint8Array
  /** Settles when the hasher is done with the bytes. */
  hashed: Promise<void>
}

/**
 * Everything that `input` gives, chunk by chunk, and all of it through `hasher` too. While the caller works
 * on one chunk, the next is read and those before it are hashed: the ring's shared memory is never copied.
 * A chunk is valid until the next one is asked for.
 */
export async function* readThrough(input: Input, hasher: Hasher): AsyncGenerator<Uint8Array> {
  const ring = round(Array.from({ length: SLOTS }, newSlot))
  let filling = fill(ring.next().value, input)
  try {
    for (;;) {
      const { slot, chunk } = await filling
      if (chunk.length === 0) return
      slot.hashed = later(hasher.update(chunk))
      filling = fill(ring.next().value, input)
      yield chunk
    }
  } finally {
    await filling.catch(() => undefined)
  }
}

const newSlot = (): Slot => ({
  bytes: new Uint8Array(new SharedArrayBuffer(SLOT)),
  hashed: Promise.resolve(),
})

const fill = (slot: Slot, input: Input): Promise<{ slot: Slot; chunk: Uint8Array }> =>
  later(
    slot.hashed
      .then(() => input.read(slot.bytes))
      .then((filled) => ({ slot, chunk: slot.bytes.subarray(0, filled) })),
  )

/** The items over and over. */
function* round<T>(items: readonly T[]): Generator<T, never> {
  for (;;) yield* items
}

/** A promise that is awaited later: until then, its failure is no unhandled one. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
