import { fault } from '../../errors.ts'
import type { Digest, Tag } from '../../model.ts'
import type { Source, Stat } from '../target.ts'
import type { Client } from './client.ts'
import { oneChunk, readBytes, tagOf, unlessBug, type Place, type Writer } from './place.ts'
import { readBack, sumOfStart } from './sums.ts'

/** Bytes of a list, at the most: as many as a subscriber is ever given. */
const LARGEST_LIST = 64 * 1024 * 1024

/**
 * Writing where nothing can be renamed: straight to the final name, which is foretold. A file that breaks off is
 * removed where that is possible; one that stays is known as the beginning of ours, and replaced by the next run.
 */
export class DirectWriter implements Writer {
  readonly #client: Client
  /** Lists whose replacement began here, and what they were before. */
  readonly #begun = new Map<string, Tag | null>()

  constructor(client: Client) {
    this.#client = client
  }

  /** Where a run died between removing a list and sending the next one, the list is still the old one. */
  async read(place: Place, limit: number): Promise<Uint8Array | null> {
    const kept = this.#client.overwrites ? null : await readBytes(this.#client, previous(place), limit)
    return kept ?? (await readBytes(this.#client, place, limit))
  }

  async write(_partial: Place, source: Source, final: (digest: Digest) => Place): Promise<Stat> {
    const digest = await source.foretell()
    const { url } = final(digest)
    if (!(await this.#isThere(url, source, digest))) await this.#send(url, source, digest)
    return { size: digest.size }
  }

  /**
   * A reader may see the beginning of the new list for a moment where files are overwritten, and none at all
   * where they are not: the old one is then kept beside it meanwhile.
   */
  async swap(place: Place, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    const old = await this.read(place, LARGEST_LIST)
    const isBroken =
      this.#begun.get(place.url) === expect && old !== null && Buffer.from(bytes).indexOf(old) === 0
    if ((old && tagOf(old)) !== expect && !isBroken) throw fault('target-conflict', { key: place.key })
    this.#begun.set(place.url, expect)
    const tag =
      this.#client.overwrites || old === null
        ? await this.#replace(place, bytes)
        : await this.#exchange(place, old, bytes)
    this.#begun.delete(place.url)
    return tag
  }

  async #replace({ key, url }: Place, bytes: Uint8Array): Promise<Tag> {
    await this.#client.put(url, oneChunk(bytes))
    const tag = tagOf(bytes)
    if ((await readBack(this.#client, url, 'sha256'))?.sum !== tag) throw fault('target-conflict', { key })
    return tag
  }

  async #exchange(place: Place, old: Uint8Array, bytes: Uint8Array): Promise<Tag> {
    const kept = previous(place)
    if ((await readBytes(this.#client, kept, LARGEST_LIST)) === null) await this.#replace(kept, old)
    await this.#client.remove(place.url)
    const tag = await this.#replace(place, bytes)
    await this.#client.remove(kept.url)
    return tag
  }

  /** Whether the file is there, whole; the beginning of it is cleared away. Throws `target-occupied` for any other. */
  async #isThere(url: string, source: Source, digest: Digest): Promise<boolean> {
    const there = await readBack(this.#client, url, 'sha512')
    if (!there) return false
    if (there.sum === digest.sha512) return true
    const isBeginning =
      there.size < digest.size && (await sumOfStart(source.chunks(), there.size)) === there.sum
    if (!isBeginning) throw fault('target-occupied', { path: url })
    if (!this.#client.overwrites) await this.#client.remove(url)
    return false
  }

  async #send(url: string, source: Source, foretold: Digest): Promise<void> {
    try {
      await this.#client.put(url, source.chunks())
      const { sha512 } = await source.digest()
      const there = await readBack(this.#client, url, 'sha512')
      if (sha512 !== foretold.sha512 || there?.sum !== sha512) {
        throw fault('target-unverified', { path: url, reason: 'the server has other bytes' })
      }
    } catch (error) {
      await this.#client.remove(url).catch(unlessBug)
      throw error
    }
  }
}

const previous = (place: Place): Place => place.beside(`~${place.name}.previous`)
