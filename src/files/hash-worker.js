import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/**
 * Hashes beside the main thread. In: views of shared memory, one after the other; each is answered by null
 * once its memory may be used again. Null asks for the sum so far, in hex. Plain JavaScript, because this
 * address must mean the same in `src/` and in `dist/`.
 */
const hash = createHash('sha512')

parentPort?.on('message', (/** @type {Uint8Array | null} */ chunk) => {
  if (chunk) hash.update(chunk)
  parentPort?.postMessage(chunk ? null : hash.digest('hex'))
})
