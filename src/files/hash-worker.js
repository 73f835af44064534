import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/**
 * Hashes beside the main thread. In: chunks, one after the other, whose memory comes along; each is given
 * back when it is hashed. Null asks for the sum so far, in hex. Plain JavaScript, because this address must
 * mean the same in `src/` and in `dist/`.
 */
const hash = createHash('sha512')

parentPort?.on('message', (/** @type {Uint8Array<ArrayBuffer> | null} */ chunk) => {
  if (chunk) {
    hash.update(chunk)
    parentPort?.postMessage(chunk, [chunk.buffer])
  } else parentPort?.postMessage(hash.digest('hex'))
})
