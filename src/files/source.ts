import { fault } from '../errors.ts'
import type { Compression, Digest, FileFacts, ImageFile, Progress } from '../model.ts'
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
 * An image's bytes on their way out, read once: hashed, compressed where that is due, and checked against
 * the pin when the last one was read. It is a target's `Source`.
 */
export class ImageSource {
  /** Bytes that `chunks` will give, where known beforehand. */
  readonly size: number | null
  readonly #title: string
  readonly #input: Input
  readonly #pin: string | null
  readonly #compression: Compression
  readonly #access: Access
  #source: Digest | null = null
  #served: Digest | null = null

  constructor(title: string, input: Input, pin: string | null, compression: Compression, access: Access) {
    this.#title = title
    this.#input = input
    this.#pin = pin
    this.#compression = compression
    this.#access = access
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
    const { size: total, name } = this.#input
    const task = this.#access.progress.task(this.#title, total)
    const hasher = total !== null && total < SMALL ? inlineHasher() : threadHasher()
    let size = 0
    try {
      for await (const chunk of readThrough(this.#input, hasher)) {
        size += chunk.length
        task.advance(chunk.length)
        yield chunk
      }
      await this.#input.finish()
      this.#source = { sha512: await hasher.digest(), size }
    } finally {
      task.end()
      await hasher.close()
    }
    await this.#learn(this.#source, name)
  }

  async *#pressed(how: 'gz' | 'bz2'): AsyncGenerator<Uint8Array> {
    const hasher = inlineHasher()
    let size = 0
    for await (const chunk of compress(this.#plain(), how)) {
      size += chunk.length
      await hasher.update(chunk)
      yield chunk
    }
    this.#served = { sha512: await hasher.digest(), size }
  }

  async #learn({ sha512: found }: Digest, path: string): Promise<void> {
    if (this.#input.identity) await this.#access.cache.put(this.#input.identity, found)
    const pinned = this.#pin
    if (pinned !== null && pinned !== found) throw fault('pin-mismatch', { path, pinned, found })
  }
}

function known(digest: Digest | null): Digest {
  if (!digest) throw new Error('The bytes were not read to their end.')
  return digest
}
