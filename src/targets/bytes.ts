import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import type { Tag } from '../model.ts'
import { tagOf } from './tag.ts'

/** Takes a piece; returns once the next one is wanted, and throws once none is. The piece's memory is free again then. */
export type Give = (piece: Uint8Array) => Promise<void>

interface Given {
  readonly piece: Uint8Array
  readonly go: () => void
  readonly stop: (reason: Error) => void
}

/**
 * What `work` gives away, piece by piece, for a reader that asks; null if `work` says that there is nothing. A
 * reader that stops early stops the work, and waits until it has let go of everything.
 */
export async function pulled(
  work: (give: Give) => Promise<boolean | null>,
): Promise<AsyncIterable<Uint8Array> | null> {
  const reading = read(work)
  const opened = await reading.next()
  return opened.done ? null : reading
}

/** An empty piece first, if there is anything: once begun, the reading lets go of the work wherever it is ended. */
async function* read(work: (give: Give) => Promise<boolean | null>): AsyncGenerator<Uint8Array> {
  let arrive: (given: Given | null | Promise<null>) => void
  const arrival = () =>
    new Promise<Given | null>((resolve) => {
      arrive = resolve
    })
  let coming = arrival()
  const working = work(
    (piece) =>
      new Promise((go, stop) => {
        arrive({ piece, go, stop })
      }),
  )
  const end = working.then(() => null)
  const over = end
    .catch(() => null)
    .then(() => {
      arrive(end)
    })
  let given = await coming
  if (!given && !(await working)) return
  try {
    yield new Uint8Array()
    while (given) {
      yield given.piece
      coming = arrival()
      given.go()
      given = await coming
    }
  } finally {
    given?.stop(new Error('Nobody wants the rest of what is read.'))
    await over
  }
}

/** Bytes that were read, by their sum in hex. */
export interface Sum {
  readonly sum: string
  /** Bytes. */
  readonly size: number
}

export async function sumUp(bytes: AsyncIterable<Uint8Array>, algorithm: 'sha256' | 'sha512'): Promise<Sum> {
  const hash = createHash(algorithm)
  let size = 0
  for await (const piece of bytes) {
    hash.update(piece)
    size += piece.length
  }
  return { sum: hash.digest('hex'), size }
}

/** All in one piece. Throws `target-too-large`; `path` is what that calls it. */
export async function collect(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  path: string,
): Promise<{ bytes: Uint8Array; tag: Tag }> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > limit) throw fault('target-too-large', { path, limit })
    pieces.push(Uint8Array.from(piece))
  }
  const all = Buffer.concat(pieces)
  return { bytes: all, tag: tagOf(all) }
}
