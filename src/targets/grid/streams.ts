import type { Readable, Writable } from 'node:stream'
import type { Watch } from './watch.ts'

/** Bytes a millisecond that a server sums up, or makes safe, at the least: 10 MB/s. */
export const SLOWEST = 10_000
/** What a program says is shown, and kept, up to so many characters. */
const SHOWN = 600
const KEPT = 1_000_000

/** Hands on what a program writes; where that is waited for, the program may be silent meanwhile. */
export async function listen(
  stream: Readable,
  watch: Watch,
  take: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    watch.alive()
    const taking = take(chunk)
    if (!taking) continue
    watch.rest()
    await taking
    watch.wake()
  }
}

/** Gives a program its input; one that takes no more says why by its exit status. */
export async function feed(
  opening: Promise<Writable | null>,
  watch: Watch,
  input: AsyncIterable<Uint8Array>,
): Promise<void> {
  const sink = await opening
  if (!sink) return
  sink.on('error', () => undefined)
  let sent = 0
  try {
    watch.rest()
    for await (const chunk of input) {
      watch.wake()
      if (!(await push(sink, chunk))) return
      sent += chunk.length
      watch.rest()
    }
    watch.wake(sent / SLOWEST)
    sink.end()
  } catch (error) {
    sink.destroy()
    throw error
  }
}

/** Waits until a chunk is taken, since its memory is used again; false if it never will be. */
const push = (stdin: Writable, chunk: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    const closed = () => {
      resolve(false)
    }
    stdin.once('close', closed)
    stdin.write(chunk, (error) => {
      stdin.off('close', closed)
      resolve(!error)
    })
  })

/** The beginning of what a program says. */
export class Words {
  #bytes = Buffer.alloc(0)

  readonly add = (chunk: Uint8Array): void => {
    if (this.#bytes.length < KEPT) this.#bytes = Buffer.concat([this.#bytes, chunk])
  }

  get said(): string {
    return this.#bytes.toString('utf8', 0, KEPT)
  }

  /** In one line of harmless characters, without what any program might quote of a key. */
  get line(): string {
    const words = this.said
      .replace(/-----BEGIN[^]*?(-----END[^-]*-----|$)/g, '…')
      .replace(/[\s\p{C}]+/gu, ' ')
      .trim()
    return words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words
  }
}
