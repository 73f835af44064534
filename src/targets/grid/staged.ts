import { randomBytes } from 'node:crypto'
import { fault, isFault, VmcastError } from '../../errors.ts'
import type { Digest, Tag } from '../../model.ts'
import { Adler32 } from '../adler32.ts'
import type { Source, Stat } from '../target.ts'
import type { Client, Naming } from './client.ts'
import { bytesOf, readBack } from './sums.ts'
import { oneChunk, unlessBug, type Place, type Writer } from './place.ts'
import { tagOf } from '../tag.ts'

/**
 * Writing where files can be renamed: nothing has its final name before all its bytes were checked. Each run
 * stages under a name of its own, and clears up what earlier ones left: a run that loses its staged file to
 * another one is refused, and never publishes half of it.
 */
export class StagedWriter implements Writer {
  readonly #client: Client
  readonly #naming: Naming
  readonly #full: boolean

  /** `full`: read back every byte, even where the server has sums. */
  constructor(client: Client, naming: Naming, full: boolean) {
    this.#client = client
    this.#naming = naming
    this.#full = full
  }

  bytes({ url }: Place): Promise<AsyncIterable<Uint8Array> | null> {
    return bytesOf(this.#client, url)
  }

  async write(partial: Place, source: Source, final: (digest: Digest) => Place): Promise<Stat> {
    return await this.#staged(partial, async (staged) => {
      const adler = new Adler32()
      await this.#client.put(staged, summed(source.chunks(), adler))
      const digest = await source.digest()
      await this.#verify(staged, digest, adler.end())
      const { url } = final(digest)
      if (await this.#isThere(url, digest)) await this.#client.remove(staged)
      else await this.#rename(staged, url, () => this.#isThere(url, digest))
      return { size: digest.size }
    })
  }

  async swap(place: Place, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    const tag = tagOf(bytes)
    const isRight = (url: string) => async () => (await readBack(this.#client, url, 'sha256'))?.sum === tag
    const draft = place.beside(`~${place.name}.draft`)
    await this.#staged(draft, async (staged) => {
      await this.#client.put(staged, oneChunk(bytes))
      const [right] = await Promise.all([isRight(staged)(), this.#expect(place, expect)])
      if (!right) throw different(staged)
      await this.#rename(staged, place.url, isRight(place.url))
    })
    return tag
  }

  async #expect({ key, url }: Place, tag: Tag | null): Promise<void> {
    const there = await readBack(this.#client, url, 'sha256')
    if ((there?.sum ?? null) !== tag) throw fault('target-conflict', { key })
  }

  /** Does `work` on a name of its own; whatever fails, nothing stays there. */
  async #staged<T>(stable: Place, work: (staged: string) => Promise<T>): Promise<T> {
    for (const name of await this.#naming.list(stable.folder)) {
      if (name.startsWith(stable.name)) await this.#client.remove(stable.beside(name).url)
    }
    const staged = `${stable.url}.${randomBytes(6).toString('hex')}`
    try {
      return await work(staged)
    } catch (error) {
      const isMissed = isFault(error, 'grid-failed') || isFault(error, 'target-unverified')
      if (isMissed && (await this.#naming.stat(staged)) === null) throw taken(staged)
      await this.#client.remove(staged).catch(unlessBug)
      throw error
    }
  }

  /** A failure may only be that of the answer: then `isDone`. */
  async #rename(staged: string, url: string, isDone: () => Promise<boolean>): Promise<void> {
    try {
      await this.#naming.rename(staged, url)
    } catch (error) {
      if (!(error instanceof VmcastError) || (await this.#naming.stat(staged)) !== null) throw error
      if (!(await isDone())) throw taken(staged)
    }
  }

  async #verify(url: string, digest: Digest, adler32: string): Promise<void> {
    const stat = await this.#naming.stat(url)
    if (!stat) throw taken(url)
    if (stat.size !== digest.size) throw different(url)
    const sha512 = this.#full ? null : await this.#naming.sum(url, 'SHA512', digest.size)
    if (sha512 !== null) {
      if (sha512 !== digest.sha512) throw different(url)
      return
    }
    const adler = this.#full ? null : await this.#naming.sum(url, 'ADLER32', digest.size)
    const isRight = adler === null ? await this.#isSame(url, digest) : adler.padStart(8, '0') === adler32
    if (!isRight) throw different(url)
  }

  /** Whether the file has its final name already, by all its bytes. Throws `target-occupied` if another one has it. */
  async #isThere(url: string, digest: Digest): Promise<boolean> {
    const stat = await this.#naming.stat(url)
    if (!stat) return false
    if (stat.size !== digest.size || !(await this.#isSame(url, digest)))
      throw fault('target-occupied', { path: url })
    return true
  }

  async #isSame(url: string, digest: Digest): Promise<boolean> {
    const sum = this.#full ? null : await this.#naming.sum(url, 'SHA512', digest.size)
    return (sum ?? (await readBack(this.#client, url, 'sha512'))?.sum) === digest.sha512
  }
}

const taken = (path: string) => fault('target-busy', { path, owner: 'it cleared up what was staged here' })
const different = (path: string) => fault('target-unverified', { path, reason: 'the server has other bytes' })

async function* summed(chunks: AsyncIterable<Uint8Array>, adler: Adler32): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    adler.update(chunk)
    yield chunk
  }
}
