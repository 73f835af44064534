import { createHash } from 'node:crypto'
import { fault } from '../../errors.ts'
import { Samples, type Sample } from '../samples.ts'
import type { Source } from '../target.ts'
import { closeQuietly, removeFile, sumUp } from './files.ts'
import { ifThere, type Session } from './session.ts'
import { readSum, type Follower, type ServerSums } from './sums.ts'

/** Bytes that are on their way at the same time, at most: what hides the time to the server and back. */
const IN_FLIGHT = 8 * 1024 * 1024

/** As many at first. */
const FIRST_IN_FLIGHT = 1024 * 1024

/** Milliseconds that a write may take: a lock's signs of life queue behind them. */
const QUEUE = 1000

export interface Upload {
  readonly session: Session
  readonly sums: ServerSums
  /** Where the bytes are staged. */
  readonly path: string
  /** What messages call that. */
  readonly shown: string
  readonly source: Source
  /** Read back every byte where the server computes no sums. */
  readonly readBack: boolean
}

/**
 * Stages everything under `path`, and makes sure that it is what was read: by the server's own checksum; else by
 * reading back its size and samples, or all of it. Goes on from what an earlier try left there, once that is
 * proven equal. Bytes in all. Throws `target-unverified`, and what the source throws.
 */
export async function stage(upload: Upload): Promise<number> {
  const { session, sums, path, source } = upload
  const left = await sumOfLeft(upload)
  if (!left) await removeFile(session, path)
  const handle = await session.open(path, left ? 'r+' : 'wx')
  const follower = sums.follow(session, path, source.size)
  try {
    const sent = await send(upload, handle, left, follower)
    if (sent) return await finish(upload, handle, sent, follower)
  } finally {
    await follower.stop()
    await closeQuietly(session, handle)
  }
  await removeFile(session, path)
  return await stage(upload)
}

/** What lies there: its first `size` bytes, which are all, and their SHA-512. */
interface Left {
  readonly size: number
  readonly sum: Promise<string | null>
  readonly isComplete: boolean
}

/**
 * What others can read was complete, and may be published already, under another name for the same file: nothing
 * is added to that.
 */
async function sumOfLeft({ session, sums, path, source }: Upload): Promise<Left | null> {
  const stats = await ifThere(session.lstat(path))
  if (!stats?.isFile() || stats.size === 0) return null
  const { size } = stats
  const isComplete = (stats.mode & 0o077) !== 0
  if (isComplete ? size !== source.size : size > (source.size ?? Infinity)) return null
  const sum = sums.of(session, path, size).then((told) => told ?? readSum(session, path, size))
  sum.catch(() => undefined) // met when it is compared
  return { size, sum, isComplete }
}

interface Sent {
  readonly size: number
  readonly samples: Samples
}

/** Sends what comes behind `left`; null if the source does not begin with that. */
async function send(
  { session, source }: Upload,
  handle: Buffer,
  left: Left | null,
  follower: Follower,
): Promise<Sent | null> {
  const samples = new Samples()
  const flight = new Flight(session, handle, follower)
  const prefix = createHash('sha512')
  let proven = left?.size ?? 0
  let position = 0
  for await (const chunk of source.chunks()) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const known = bytes.subarray(0, Math.max(0, proven - position))
    if (known.length > 0) prefix.update(known)
    position += known.length
    if (left && proven > 0 && position === proven) {
      if ((await left.sum) !== prefix.digest('hex')) return null
      proven = 0
    }
    if (left?.isComplete && known.length < bytes.length) return null
    for (let at = known.length; at < bytes.length; at += session.block) {
      const block = bytes.subarray(at, at + session.block)
      samples.see(block, position)
      await flight.send(block, position)
      position += block.length
    }
  }
  await flight.land()
  return position < proven ? null : { size: position, samples }
}

/** Writes that are under way; what has arrived, without a gap, is told to the follower. */
class Flight {
  readonly #session: Session
  readonly #handle: Buffer
  readonly #follower: Follower
  /** Each with its position; the oldest first. */
  readonly #writes = new Map<Promise<void>, number>()
  #bytes = 0
  /** Bytes that may be on their way: as many as the line carries within the time of `QUEUE`. */
  #room = FIRST_IN_FLIGHT

  constructor(session: Session, handle: Buffer, follower: Follower) {
    this.#session = session
    this.#handle = handle
    this.#follower = follower
  }

  /** Waits until there is room; then the block is copied. Throws what an earlier write failed of. */
  async send(block: Buffer, position: number): Promise<void> {
    const { length } = block // the memory goes its way before the answer comes
    while (this.#bytes > 0 && this.#bytes + length > this.#room) await Promise.race(this.#writes.keys())
    this.#bytes += length
    const began = performance.now()
    const write = this.#session.write(this.#handle, block, position).then(() => {
      this.#bytes -= length
      const isQuick = performance.now() - began < QUEUE
      this.#room = Math.min(IN_FLIGHT, Math.max(0, this.#room + (isQuick ? length : -length)))
      this.#writes.delete(write)
      const [oldest = position + length] = this.#writes.values()
      this.#follower.reach(oldest)
    })
    write.catch(() => undefined) // stays in the set, and is met by whoever waits next
    this.#writes.set(write, position)
  }

  async land(): Promise<void> {
    await Promise.all(this.#writes.keys())
  }
}

/** Everything is there: make it last, check it, let others read it. */
async function finish(
  { session, sums, path, shown, source, readBack }: Upload,
  handle: Buffer,
  { size, samples }: Sent,
  follower: Follower,
): Promise<number> {
  const { sha512 } = await source.digest()
  const ask = async () => {
    const followed = await follower.sum(size)
    // What grew with the file is believed if it says yes; a no may be its own failure.
    return followed === sha512 ? followed : await sums.of(session, path, size)
  }
  const [told] = await Promise.all([ask(), session.sync(handle, size)])
  const reading = await session.open(path, 'r')
  try {
    const { size: there } = await session.fstat(reading)
    const sum = told ?? (readBack ? await sumUp(session, reading, size, 'sha512') : null)
    const reason =
      there !== size
        ? `${size} bytes were sent, and ${there} are there`
        : sum !== null && sum !== sha512
          ? 'its SHA-512 is another one'
          : sum === null && !(await areIn(session, reading, samples.kept))
            ? 'a sample that was read back differs'
            : null
    if (reason) throw fault('target-unverified', { path: shown, reason })
  } finally {
    await closeQuietly(session, reading)
  }
  await session.setMode(handle, 0o644)
  return size
}

/** Whether an open file holds all of them. */
async function areIn(session: Session, handle: Buffer, samples: readonly Sample[]): Promise<boolean> {
  const answers = samples.map(async ({ position, bytes }) =>
    bytes.equals(await session.read(handle, position, bytes.length)),
  )
  return (await Promise.all(answers)).every(Boolean)
}
