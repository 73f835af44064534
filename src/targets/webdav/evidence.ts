import { createHash } from 'node:crypto'
import { Adler32 } from '../adler32.ts'
import { Samples, type Sample } from '../samples.ts'

/** What servers can say of a file (RFC 3230, RFC 9530), the strongest first. dCache knows ADLER32, and MD5. */
export const ALGORITHMS = ['sha-512', 'sha-256', 'md5', 'adler32'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/**
 * What is kept of bytes that go by, to prove later that they arrived: some pieces, each place with the same
 * chance however long the file turns out to be, and the sum that the server will be asked for.
 */
export class Evidence {
  readonly #sum: Sum | null
  readonly #samples = new Samples()

  /** `algorithm`: what the server knows; null where it knows none. SHA-512 is the source's own affair. */
  constructor(algorithm: Algorithm | null) {
    this.#sum = algorithm === null || algorithm === 'sha-512' ? null : begin(algorithm)
  }

  async *tap(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let position = 0
    for await (const chunk of chunks) {
      this.#sum?.update(chunk)
      this.#samples.see(chunk, position)
      position += chunk.length
      yield chunk
    }
  }

  get samples(): readonly Sample[] {
    return this.#samples.kept
  }

  /** In the form of the header `Digest`; null if there is none. */
  sum(): string | null {
    return this.#sum?.end() ?? null
  }
}

interface Sum {
  update(bytes: Uint8Array): void
  end(): string
}

function begin(algorithm: Algorithm): Sum {
  if (algorithm === 'adler32') return new Adler32()
  const hash = createHash(algorithm.replace('-', ''))
  return { update: (bytes) => void hash.update(bytes), end: () => hash.digest('base64') }
}

/** In the form of the header `Digest`. */
export function sumBy(algorithm: Algorithm, bytes: Uint8Array): string {
  const sum = begin(algorithm)
  sum.update(bytes)
  return sum.end()
}
