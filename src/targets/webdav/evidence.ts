import { createHash, randomInt } from 'node:crypto'
import { Adler32 } from '../adler32.ts'

/** What servers can say of a file (RFC 3230, RFC 9530), the strongest first. dCache knows ADLER32, and MD5. */
export const ALGORITHMS = ['sha-512', 'sha-256', 'md5', 'adler32'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

const SAMPLES = 16
const SAMPLE = 64 * 1024

export interface Sample {
  readonly start: number
  readonly bytes: Buffer
}

/**
 * What is kept of bytes that go by, to prove later that they arrived: some pieces, each place with the same
 * chance however long the file turns out to be, and the sum that the server will be asked for.
 */
export class Evidence {
  readonly #sum: Sum | null
  readonly #samples: { start: number; length: number; bytes: Buffer }[] = []
  #seen = 0
  #slot = SAMPLES

  /** `algorithm`: what the server knows; null where it knows none. SHA-512 is the source's own affair. */
  constructor(algorithm: Algorithm | null) {
    this.#sum = algorithm === null || algorithm === 'sha-512' ? null : begin(algorithm)
  }

  async *tap(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#sum?.update(chunk)
      for (let at = 0; at < chunk.length;) at += this.#sample(chunk.subarray(at))
      yield chunk
    }
  }

  get samples(): readonly Sample[] {
    return this.#samples.map(({ start, length, bytes }) => ({ start, bytes: bytes.subarray(0, length) }))
  }

  /** In the form of the header `Digest`; null if there is none. */
  sum(): string | null {
    return this.#sum?.end() ?? null
  }

  /** Takes in the bytes up to the next block's start, and says how many those were. */
  #sample(bytes: Uint8Array): number {
    const within = this.#seen % SAMPLE
    if (within === 0) this.#slot = slotFor(this.#seen / SAMPLE)
    const length = Math.min(bytes.length, SAMPLE - within)
    if (this.#slot < SAMPLES) {
      if (within === 0)
        this.#samples[this.#slot] = { start: this.#seen, length: 0, bytes: Buffer.alloc(SAMPLE) }
      const sample = this.#samples[this.#slot]
      sample?.bytes.set(bytes.subarray(0, length), within)
      if (sample) sample.length = within + length
    }
    this.#seen += length
    return length
  }
}

/** Where the block with this number is kept; SAMPLES or more: nowhere (reservoir sampling). */
const slotFor = (block: number): number => (block < SAMPLES ? block : randomInt(block + 1))

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
