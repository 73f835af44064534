import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import type { Compression, Digest, FileFacts, ImageFile, Progress, ProgressTask } from '../model.ts'
import type { ChecksumCache } from './cache.ts'
import { compress } from './compress.ts'
import { openDisk } from './disk.ts'
import { inlineHasher, threadHasher } from './hasher.ts'
import type { Input } from './input.ts'
import { compressionDue, fits, kindOf, nameOf } from './magic.ts'
import { openRemote } from './remote.ts'
import { readThrough } from './ring.ts'

/** Below this many bytes, hashing takes less time than starting a thread for it. */
const SMALL = 8 * 1024 * 1024

/** How image files are read: what may be read, and who learns what came out. */
export interface Access {
  /** The content repository: what lies outside needs a pin. */
  readonly root: string
  /** Hosts that a `file.url` may lead to although their address is private. */
  readonly privateHosts: readonly string[]
  readonly cache: ChecksumCache
  readonly progress: Progress
  /** Ends every reading. */
  readonly signal: AbortSignal
}

/** Opens what an image's `file` names. Throws why it cannot, or may not, be read. */
export const openInput = (file: ImageFile, { root, privateHosts }: Access): Promise<Input> =>
  file.kind === 'path' ? openDisk(file.path, file.sha512 !== null, root) : openRemote(file.url, privateHosts)

/** How the file has to be compressed to be published under `format`. Throws `format-mismatch`. */
export function judgeFormat({ name, head }: Input, format: string): Compression {
  const kind = kindOf(head)
  if (!fits(format, kind)) throw fault('format-mismatch', { path: name, format, found: nameOf(kind) })
  return compressionDue(format, kind)
}

/**
 * An image's bytes on their way out: hashed, compressed where that is due, and checked against the pin when
 * the last one was read. It is a target's `Source`.
 */
export class ImageSource {
  /** Bytes that `chunks` will give, where known beforehand. */
  readonly size: number | null
  readonly #title: string
  readonly #input: Input
  readonly #pin: string | null
  readonly #compression: Compression
  readonly #access: Access
  readonly #shown: Shown
  #source: Digest | null = null
  #served: Digest | null = null

  constructor(title: string, input: Input, pin: string | null, compression: Compression, access: Access) {
    this.#title = title
    this.#input = input
    this.#pin = pin
    this.#compression = compression
    this.#access = access
    this.#shown = new Shown(access.progress, title, input.size)
    this.size = compression ? null : input.size
  }

  /** Throws `file-changed`, `file-unreadable`, `pin-mismatch`, `web-failed`, or why it cannot be compressed. */
  chunks(): AsyncIterable<Uint8Array> {
    return this.#compression ? this.#pressed(this.#compression) : this.#plain()
  }

  /** Of the bytes as served; only after the end of `chunks`. */
  digest(): Promise<Digest> {
    return Promise.resolve(known(this.#compression ? this.#served : this.#source))
  }

  /** From the pin, or by reading (and compressing) everything once more. */
  async foretell(): Promise<Digest> {
    if (this.#pin !== null && this.size !== null) return { sha512: this.#pin, size: this.size }
    const title = `${this.#title} (for its name)`
    const rehearsal = new ImageSource(title, this.#input, this.#pin, this.#compression, this.#access)
    await rehearsal.drain()
    return await rehearsal.digest()
  }

  /** Reads everything, for the sums alone. */
  async drain(): Promise<void> {
    try {
      const chunks = this.chunks()[Symbol.asyncIterator]()
      while (!(await chunks.next()).done);
    } finally {
      this.close()
    }
  }

  /** Ends what is shown of the reading; the input is its opener's to close. */
  close(): void {
    this.#shown.end()
  }

  /** Of the file as it lies there; only after the end of `chunks`. */
  source(): Digest {
    return known(this.#source)
  }

  /** Both sums, as the plan wants them; only after the end of `chunks`. */
  async facts(): Promise<FileFacts> {
    const { sha512, size } = this.source()
    return { source: sha512, size, served: await this.digest() }
  }

  async *#plain(): AsyncGenerator<Uint8Array> {
    await this.#input.rewind()
    const { size: total, name } = this.#input
    const hasher = total !== null && total < SMALL ? inlineHasher() : threadHasher()
    let size = 0
    try {
      for await (const chunk of readThrough(this.#input, hasher)) {
        this.#access.signal.throwIfAborted()
        size += chunk.length
        this.#shown.reach(size)
        yield chunk
      }
      await this.#input.finish()
      this.#source = { sha512: await hasher.digest(), size }
    } finally {
      await hasher.close()
    }
    this.#shown.end()
    await this.#learn(this.#source, name)
  }

  async *#pressed(how: 'gz' | 'bz2'): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha512')
    let size = 0
    for await (const chunk of compress(this.#plain(), how)) {
      size += chunk.length
      hash.update(chunk)
      yield chunk
    }
    this.#served = { sha512: hash.digest('hex'), size }
  }

  async #learn({ sha512: found }: Digest, path: string): Promise<void> {
    if (this.#input.identity) await this.#access.cache.put(this.#input.identity, found)
    const pinned = this.#pin
    if (pinned !== null && pinned !== found) throw fault('pin-mismatch', { path, pinned, found })
  }
}

/** How far the reading has come, over all attempts: one that starts again does not set it back. */
class Shown {
  readonly #begin: () => ProgressTask
  #task: ProgressTask | null = null
  #reached = 0

  constructor(progress: Progress, title: string, total: number | null) {
    this.#begin = () => progress.task(title, total)
  }

  /** Bytes from the beginning. */
  reach(position: number): void {
    if (position <= this.#reached) return
    this.#task ??= this.#begin()
    this.#task.advance(position - this.#reached)
    this.#reached = position
  }

  end(): void {
    this.#task?.end()
    this.#task = null
  }
}

function known(digest: Digest | null): Digest {
  if (!digest) throw new Error('The bytes were not read to their end.')
  return digest
}
