import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'

/** A stretch of memory that can be handed from thread to thread. */
export type Chunk = Uint8Array<ArrayBuffer>

/** Sums up bytes with SHA-512. */
export interface Hasher {
  /** Takes a chunk with its memory, and gives both back once it is hashed. The next one need not wait for that. */
  update(chunk: Chunk): Promise<Chunk>
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
      return Promise.resolve(chunk)
    },
    digest: () => Promise.resolve(hash.digest('hex')),
    close: () => Promise.resolve(),
  }
}

interface Waiting {
  resolve(answer: Chunk | string): void
  reject(error: Error): void
}

/** In a thread of its own, beside reading and writing. Memory is handed over rather than shared: V8 copies shared memory ten times more slowly. */
export function threadHasher(): Hasher {
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), { execArgv: [] })
  const waiting: Waiting[] = []
  let ended: Error | null = null
  const end = (error: Error) => {
    ended ??= error
    for (const one of waiting.splice(0)) one.reject(ended)
  }
  worker.on('message', (answer: Chunk | string) => waiting.shift()?.resolve(answer))
  worker.on('error', end)
  worker.on('exit', () => {
    end(new Error('The hashing thread has ended.'))
  })
  const ask = (chunk: Chunk | null) =>
    new Promise<Chunk | string>((resolve, reject) => {
      if (ended) reject(ended)
      waiting.push({ resolve, reject })
      worker.postMessage(chunk, chunk ? [chunk.buffer] : [])
    })
  return {
    update: async (chunk) => {
      const back = await ask(chunk)
      if (typeof back === 'string') throw new Error('A sum came where a chunk was due.')
      return back
    },
    digest: async () => String(await ask(null)),
    close: async () => {
      await worker.terminate()
    },
  }
}
