import type { Chunk, Hasher } from './hasher.ts'
import type { Input } from './input.ts'

const SLOTS = 4
const SLOT = 2 * 1024 * 1024

/**
 * Everything that `input` gives, chunk by chunk, and all of it through `hasher` too. While the caller works
 * on one chunk, those behind it are read and hashed: a few stretches of memory go round, and are never copied.
 * A chunk is valid until the next one is asked for.
 */
export async function* readThrough(input: Input, hasher: Hasher): AsyncGenerator<Uint8Array> {
  let reading: Promise<unknown> = Promise.resolve()
  const begin = (memory: Chunk): Promise<Chunk> => {
    const read = reading.then(() => input.read(memory))
    reading = read
    const hashed = read.then((filled) => (filled === 0 ? EMPTY : hasher.update(memory.subarray(0, filled))))
    hashed.catch(() => undefined) // met when it is its turn
    return hashed
  }
  const coming = Array.from({ length: SLOTS }, () => begin(new Uint8Array(SLOT)))
  try {
    for (let next = coming.shift(); next; next = coming.shift()) {
      const chunk = await next
      if (chunk.length === 0) return
      yield chunk
      coming.push(begin(new Uint8Array(chunk.buffer)))
    }
  } finally {
    await Promise.allSettled([reading, ...coming])
  }
}

/** What comes behind the last byte. */
const EMPTY: Chunk = new Uint8Array()
