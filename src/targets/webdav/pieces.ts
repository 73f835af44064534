import { createHash } from 'node:crypto'

/** The SHA-512 of so many bytes, and what comes behind them. The caller ends `chunks`. */
export async function beginning(
  chunks: AsyncGenerator<Uint8Array>,
  length: number,
): Promise<{ ours: string; rest: AsyncIterable<Uint8Array> }> {
  const hash = createHash('sha512')
  for (let left = length; left > 0;) {
    const next = await chunks.next()
    if (next.done) break
    const mine = next.value.subarray(0, left)
    hash.update(mine)
    left -= mine.length
    if (left === 0)
      return { ours: hash.digest('hex'), rest: behind(next.value.subarray(mine.length), chunks) }
  }
  return { ours: hash.digest('hex'), rest: chunks }
}

/** The same chunks, whose reading can be ended before all of them were seen. */
export async function* endable(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function* behind(first: Uint8Array, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  yield* chunks
}

/** The same bytes in pieces of this length, the last one shorter; each has memory of its own. */
export async function* inPieces(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(length)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const some = chunk.subarray(at, at + length - filled)
      piece.set(some, filled)
      at += some.length
      filled += some.length
      if (filled < length) continue
      yield piece
      piece = new Uint8Array(length)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}
