import { fault, isFault } from '../../errors.ts'
import type { Digest, Tag } from '../../model.ts'
import { collect, type Sum } from '../bytes.ts'
import type { Source, Stat } from '../target.ts'
import type { Client } from './client.ts'
import { oneChunk, unlessBug, type Place, type Writer } from './place.ts'
import { bytesOf, readBack, sumOfStart } from './sums.ts'
import { tagOf } from '../tag.ts'

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

  async bytes(place: Place): Promise<AsyncIterable<Uint8Array> | null> {
    const [client, previous] = [this.#client, beside(place, 'previous')]
    if (client.overwrites) return await bytesOf(client, place.url)
    if (!(await readBytes(client, beside(place, 'next').url)))
      return (await bytesOf(client, place.url)) ?? (await bytesOf(client, previous.url))
    const { list } = await this.#look(place)
    return list && oneChunk(list)
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
    const seen = await this.#look(place)
    const old = seen.list
    const isBroken =
      this.#begun.get(place.url) === expect && old !== null && Buffer.from(bytes).indexOf(old) === 0
    if ((old && tagOf(old)) !== expect && !isBroken) throw fault('target-conflict', { key: place.key })
    if (!this.#client.overwrites) return await this.#exchange(place, seen, bytes)
    this.#begun.set(place.url, expect)
    const tag = await this.#replace(place, bytes)
    this.#begun.delete(place.url)
    return tag
  }

  /**
   * The list, wherever a run died that was exchanging it: `~NAME.next` is what it was about to put, so where
   * nothing or only a beginning of that has its name, the list is still `~NAME.previous` (none, at first).
   */
  async #look(place: Place): Promise<Seen> {
    const list = await readBytes(this.#client, place.url)
    if (this.#client.overwrites) return { list, isNamed: true }
    const next = await readBytes(this.#client, beside(place, 'next').url)
    const isNamed = list !== null && !(next && isBeginning(list, next))
    return isNamed
      ? { list, isNamed }
      : { list: await readBytes(this.#client, beside(place, 'previous').url), isNamed }
  }

  /** Each step leaves what `#look` knows for the old list or the new one. */
  async #exchange(place: Place, { list, isNamed }: Seen, bytes: Uint8Array): Promise<Tag> {
    const [previous, next] = [beside(place, 'previous'), beside(place, 'next')]
    if (list && isNamed) await this.#renew(previous, list)
    else await this.#client.remove(place.url)
    await this.#renew(next, bytes)
    const tag = await this.#renew(place, bytes)
    await this.#client.remove(previous.url)
    await this.#client.remove(next.url)
    return tag
  }

  async #renew(place: Place, bytes: Uint8Array): Promise<Tag> {
    await this.#client.remove(place.url)
    return await this.#replace(place, bytes)
  }

  async #replace({ key, url }: Place, bytes: Uint8Array): Promise<Tag> {
    await this.#client.put(url, oneChunk(bytes))
    const tag = tagOf(bytes)
    if ((await readBack(this.#client, url, 'sha256'))?.sum !== tag) throw fault('target-conflict', { key })
    return tag
  }

  /** Whether the file is there, whole; the beginning of it is cleared away. Throws `target-occupied` for any other. */
  async #isThere(url: string, source: Source, digest: Digest): Promise<boolean> {
    const there = await readBack(this.#client, url, 'sha512')
    if (!there) return false
    if (there.sum === digest.sha512) return true
    if (!(await isBeginningOf(source, digest, there))) throw fault('target-occupied', { path: url })
    if (!this.#client.overwrites) await this.#client.remove(url)
    return false
  }

  async #send(url: string, source: Source, digest: Digest): Promise<void> {
    const feed = new Feed(source)
    try {
      await this.#client.put(url, feed.chunks())
      const { sha512 } = await source.digest()
      const there = await readBack(this.#client, url, 'sha512')
      if (sha512 !== digest.sha512 || there?.sum !== sha512) {
        throw fault('target-unverified', { path: url, reason: 'the server has other bytes' })
      }
    } catch (error) {
      if (this.#client.overwrites) throw error
      const isOurs = feed.failed || isFault(error, 'target-unverified')
      const isDone = await this.#clear(url, source, digest, isOurs).catch(unlessBug)
      if (feed.failed || isDone !== true) throw error
    }
  }

  /** After a failure: true if the file is there, whole, by somebody else's doing; what is not whole, and ours, is removed. */
  async #clear(url: string, source: Source, digest: Digest, isOurs: boolean): Promise<boolean> {
    const there = await readBack(this.#client, url, 'sha512')
    if (there?.sum === digest.sha512) return true
    if (there && (isOurs || (await isBeginningOf(source, digest, there)))) await this.#client.remove(url)
    return false
  }
}

/** A list that is there; `isNamed` where it is what its name leads to. */
interface Seen {
  readonly list: Uint8Array | null
  readonly isNamed: boolean
}

/** A source's chunks, with a memory of whether it was the source that failed. */
class Feed {
  readonly #source: Source
  failed = false

  constructor(source: Source) {
    this.#source = source
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#source.chunks()
    } catch (error) {
      this.failed = true
      throw error
    }
  }
}

async function readBytes(client: Client, url: string): Promise<Uint8Array | null> {
  const bytes = await bytesOf(client, url)
  return bytes && (await collect(bytes, LARGEST_LIST, url)).bytes
}

/** Some of the bytes from the first on, but not all. */
const isBeginning = (part: Uint8Array, whole: Uint8Array): boolean =>
  part.length < whole.length && Buffer.compare(part, whole.subarray(0, part.length)) === 0

const isBeginningOf = async (source: Source, { size }: Digest, there: Sum): Promise<boolean> =>
  there.size < size && (await sumOfStart(source.chunks(), there.size)) === there.sum

const beside = (place: Place, what: 'previous' | 'next'): Place => place.beside(`~${place.name}.${what}`)
