import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'

/** Sums up bytes with SHA-512. */
export interface Hasher {
  /** Settles when the chunk's memory may be used again. Chunks may be handed over without waiting. */
  update(chunk: Uint8Array): Promise<void>
  /** The sum of all chunks, in lower-case hex. */
  digest(): Promise<string>
  close(): Promise<void>
}

/** On the spot: for what is small, and for what comes more slowly than it is hashed. */
export function inlineHasher(): Hasher {
  const hash = createHash('sha512')
  return {
    update: (chunk) => {
      hash.update(chunk)
      return Promise.resolve()
    },
    digest: () => Promise.resolve(hash.digest('hex')),
    close: () => Promise.resolve(),
  }
}

interface Waiting {
  resolve(sum: string | null): void
  reject(error: Error): void
}

/** In a thread of its own, beside reading and writing; its chunks must be views of shared memory. */
export function threadHasher(): Hasher {
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), { execArgv: [] })
  const waiting: Waiting[] = []
  let ended: Error | null = null
  const end = (error: Error) => {
    ended ??= error
    for (const one of waiting.splice(0)) one.reject(ended)
  }
  worker.on('message', (sum: string | null) => waiting.shift()?.resolve(sum))
  worker.on('error', end)
  worker.on('exit', () => {
    end(new Error('The hashing thread has ended.'))
  })
  const ask = (chunk: Uint8Array | null) =>
    new Promise<string | null>((resolve, reject) => {
      if (ended) reject(ended)
      waiting.push({ resolve, reject })
      worker.postMessage(chunk)
    })
  return {
    update: async (chunk) => {
      await ask(chunk)
    },
    digest: async () => String(await ask(null)),
    close: async () => {
      await worker.terminate()
    },
  }
}
