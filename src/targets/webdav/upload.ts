import { fault, type VmcastError } from '../../errors.ts'
import type { Digest } from '../../model.ts'
import type { Source } from '../target.ts'
import { NONE, probe, rangeOf, writesInto, type Ability } from './ability.ts'
import type { Client } from './client.ts'
import { Evidence } from './evidence.ts'
import { beginning, endable, inPieces } from './pieces.ts'
import type { Files } from './files.ts'

/** Bytes below which a file is sent again rather than gone on with, and read back rather than sampled. */
const SMALL = 16 * 1024 * 1024
/** Bytes of one PUT into a file whose size nobody knows yet. */
const PIECE = 16 * 1024 * 1024

const WRITTEN = [200, 201, 204]
const BYTES = { 'content-type': 'application/octet-stream' }

/** Sends images to their staged names, and proves that they arrived. */
export class Uploads {
  readonly #client: Client
  readonly #files: Files
  readonly #full: boolean
  #ability: Promise<Ability> | null = null

  /** `full`: everything is read back, whatever the server says of it. */
  constructor(client: Client, files: Files, full: boolean) {
    this.#client = client
    this.#files = files
    this.#full = full
  }

  /** Goes on from what is there, where that can be. Throws `target-unverified`, and what the source throws. */
  async send(partial: string, source: Source): Promise<Digest> {
    const small = source.size !== null && source.size < SMALL
    if (!small && (await this.#resume(partial, source))) {
      const digest = await source.digest()
      await this.#compare(partial, digest)
      return digest
    }
    const ability = small ? NONE : await this.#probe(partial)
    const evidence = await this.#start(partial, source, ability)
    const digest = await source.digest()
    if (this.#full || small) await this.#compare(partial, digest)
    else await this.#check(partial, digest, evidence, ability)
    return digest
  }

  async #probe(partial: string): Promise<Ability> {
    this.#ability ??= probe(this.#client, this.#files, partial)
    try {
      return await this.#ability
    } catch (error) {
      this.#ability = null
      throw error
    }
  }

  async #start(partial: string, source: Source, { ranges, algorithm }: Ability): Promise<Evidence> {
    if (ranges) {
      // Apache removes what a request began that is cut off, but not what was there before, if only empty.
      await this.#files.put(partial, new Uint8Array(), {})
      const evidence = new Evidence(algorithm)
      await this.#append(partial, 0, source.size, evidence.tap(source.chunks()))
      return evidence
    }
    let evidence = new Evidence(algorithm)
    const length =
      source.size === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': source.size }
    const body = () => {
      evidence = new Evidence(algorithm) // a data server may want everything anew
      return evidence.tap(source.chunks())
    }
    const headers = { ...BYTES, ...length }
    const answer = await this.#client.demand('PUT', partial, { headers, body }, ...WRITTEN)
    answer.drop()
    return evidence
  }

  /** Sends what is missing, if what is there is the beginning of what is to be sent; else false. */
  async #resume(partial: string, source: Source): Promise<boolean> {
    const begun = (await this.#files.stat(partial))?.size ?? 0
    if (begun === 0 || (source.size !== null && begun > source.size)) return false
    const known = await this.#ability
    if (!(known?.ranges ?? (await writesInto(this.#client, this.#files, partial, begun)))) return false
    const theirs = this.#files.sum(partial, begun)
    theirs.catch(() => undefined) // thrown below, when ours is there
    const chunks = endable(source.chunks())
    try {
      const { ours, rest } = await beginning(chunks, begun)
      if ((await theirs)?.sha512 !== ours) return false
      await this.#append(partial, begun, source.size, rest)
      return true
    } finally {
      await chunks.return(undefined)
    }
  }

  /** Writes into the file from `start` on: in one request, or in pieces where the end is not known. */
  async #append(
    partial: string,
    start: number,
    size: number | null,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    if (size !== null && start < size) {
      await this.#put(partial, start, size, size, () => chunks)
      return
    }
    let at = start
    let sending = Promise.resolve()
    try {
      for await (const piece of inPieces(chunks, PIECE)) {
        await sending
        const from = at
        at += piece.length
        sending = this.#put(partial, from, at, null, () => [piece])
        sending.catch(() => undefined) // thrown when the next piece is there
      }
    } finally {
      await sending
    }
  }

  async #put(
    partial: string,
    start: number,
    end: number,
    size: number | null,
    body: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const headers = { ...BYTES, 'content-range': rangeOf(start, end, size), 'content-length': end - start }
    const answer = await this.#client.demand('PUT', partial, { headers, body }, ...WRITTEN)
    answer.drop()
  }

  /** Reads everything back. */
  async #compare(partial: string, { sha512, size }: Digest): Promise<void> {
    const there = await this.#files.sum(partial, size)
    if (there?.sha512 !== sha512) throw this.#unverified(partial, 'other bytes come back')
  }

  /** Takes the server's word, or samples. */
  async #check(partial: string, digest: Digest, evidence: Evidence, ability: Ability): Promise<void> {
    const reason = await this.#doubts(partial, digest, evidence, ability)
    if (reason !== null) throw this.#unverified(partial, reason)
  }

  #unverified(partial: string, reason: string): VmcastError {
    return fault('target-unverified', { path: this.#client.place(partial), reason })
  }

  /** Why what is there cannot be what was sent, by its length and its sum or by samples; null if it can. */
  async #doubts(
    partial: string,
    { sha512, size }: Digest,
    evidence: Evidence,
    { algorithm }: Ability,
  ): Promise<string | null> {
    const there = (await this.#files.stat(partial))?.size ?? 0
    if (there !== size) return `it has ${there} bytes instead of ${size}`
    const sum = algorithm === 'sha-512' ? Buffer.from(sha512, 'hex').toString('base64') : evidence.sum()
    const said = algorithm && (await this.#files.digests(partial, size)).get(algorithm)
    if (said) return said === sum ? null : `the server says that its ${algorithm} is ${said}, not ${sum}`
    for (const { position, bytes } of evidence.samples) {
      const range = await this.#files.range(partial, position, bytes.length)
      if (Buffer.compare(range, bytes) !== 0) return `other bytes come back from place ${position} on`
    }
    return null
  }
}
