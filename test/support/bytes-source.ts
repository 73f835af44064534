import { createHash } from 'node:crypto'
import type { Digest } from '../../src/model.ts'
import type { Source } from '../../src/targets/target.ts'

/**
 * A source of chunks that holds a target to the contract: each chunk's memory is taken away as soon as the
 * next one is asked for. `fail` is thrown after the last one. What is only asynchronous can be read once.
 */
export function sourceOf(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { size = null, fail }: { size?: number | null; fail?: Error } = {},
): Source {
  let digest: Digest | null = null
  return {
    size,
    async *chunks() {
      const hash = createHash('sha512')
      let given = 0
      for await (const chunk of chunks) {
        const memory = Uint8Array.from(chunk)
        hash.update(memory)
        given += memory.length
        yield memory
        structuredClone(memory, { transfer: [memory.buffer] })
      }
      if (fail) throw fail
      digest = { sha512: hash.digest('hex'), size: given }
    },
    digest: () =>
      digest ? Promise.resolve(digest) : Promise.reject(new Error('asked for the sum too early')),
    foretell() {
      if (!(Symbol.iterator in chunks)) return Promise.reject(new Error('this source is read once'))
      const bytes = Buffer.concat([...chunks])
      return Promise.resolve({ sha512: sha512(bytes), size: bytes.length })
    },
  }
}

export const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex')

/** Some megabytes that are no pattern, in pieces; the same each time. */
export function noise(size: number, piece = 300_000): Uint8Array[] {
  const bytes = new Uint8Array(size)
  let state = 1
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return Array.from({ length: Math.ceil(size / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  )
}
