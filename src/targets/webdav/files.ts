import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fault } from '../../errors.ts'
import type { Digest, Tag } from '../../model.ts'
import { collect } from '../bytes.ts'
import type { Answer } from '../https/exchange.ts'
import type { Stat } from '../target.ts'
import type { Client } from './client.ts'

/** Milliseconds between two looks at a weak ETag: Apache's are strong once a second has gone by since a write. */
const WEAK_FOR = 300
const WEAK_LOOKS = 10

/** Bytes up to which a file is read for its length, where a server does not say it. */
const UNSAID = 64 * 1024 * 1024

/** RFC 3230, section 4.3.1: the strongest sum is liked best. */
const WANTED = 'sha-512, sha-256;q=0.8, md5;q=0.5, adler32;q=0.3'

/** What is there: bytes, and the header that lets a PUT replace only them. */
export interface Version {
  readonly bytes: Uint8Array
  readonly tag: Tag
  readonly condition: Readonly<Record<string, string>>
}

/** The files below a target's folder, one request or a few for each thing to do with them. */
export class Files {
  readonly #client: Client
  readonly #folders = new Map<string, Promise<void>>()

  constructor(client: Client) {
    this.#client = client
  }

  async stat(key: string): Promise<Stat | null> {
    const answer = await this.#client.ask('HEAD', key)
    answer.drop()
    if (isAbsent(answer)) return null
    if (answer.status !== 200) throw await this.#client.unexpected('HEAD', key, answer)
    const length = answer.headers['content-length']
    // Apache says no length where it is 0, and a server may not know it: then the bytes are counted.
    if (length !== undefined) return { size: Number(length) }
    const there = await this.read(key, UNSAID)
    return there && { size: there.bytes.length }
  }

  /** Everything; null if absent. Throws `target-too-large`. */
  async read(key: string, limit: number): Promise<Version | null> {
    const answer = await this.#get(key)
    if (!answer) return null
    const all = await collect(answer.body, limit, this.#client.place(key))
    const { etag } = answer.headers
    return { ...all, condition: etag === undefined ? {} : { 'if-match': etag } }
  }

  /** Everything, as `Target.bytes` has it. */
  async bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    return (await this.#get(key))?.body ?? null
  }

  /** Its body is still to be read. */
  async #get(key: string): Promise<Answer | null> {
    const answer = await this.#client.ask('GET', key)
    if (answer.status === 200) return answer
    if (!isAbsent(answer)) throw await this.#client.unexpected('GET', key, answer)
    answer.drop()
    return null
  }

  /**
   * Like `read`, once the server has a strong ETag for what is there; a weak one cannot be a condition
   * (RFC 9110, section 13.1.1). Where it only ever has weak ones, the condition is left out.
   */
  async readStrong(key: string, limit: number): Promise<Version | null> {
    for (let look = 0; look < WEAK_LOOKS; look++) {
      const version = await this.read(key, limit)
      if (!version?.condition['if-match']?.startsWith('W/')) return version
      await sleep(WEAK_FOR)
    }
    const version = await this.read(key, limit)
    return version && { ...version, condition: {} }
  }

  /** Writes all of a file in one step if `condition` holds; else false. */
  async put(key: string, bytes: Uint8Array, condition: Version['condition']): Promise<boolean> {
    const headers = {
      ...condition,
      'content-length': bytes.length,
      'content-type': 'application/octet-stream',
    }
    const answer = await this.#client.demand('PUT', key, { headers, body: () => [bytes] }, 200, 201, 204, 412)
    answer.drop()
    return answer.status !== 412
  }

  async remove(key: string): Promise<void> {
    const answer = await this.#client.demand('DELETE', key, {}, 200, 202, 204, 404, 409, 410)
    answer.drop()
  }

  /** Makes the folder of `key`, and those above it. */
  async makeFolder(key: string): Promise<void> {
    const folder = folderOf(key)
    const made = this.#folders.get(folder) ?? this.#makeFolder(folder)
    this.#folders.set(folder, made)
    await made.catch((error: unknown) => {
      this.#folders.delete(folder)
      throw error
    })
  }

  async #makeFolder(folder: string): Promise<void> {
    const answer = await this.#client.ask('MKCOL', folder)
    answer.drop()
    // 405: there is one already. 403: this cannot be made, but may be there; what comes next will tell.
    if ([200, 201, 403, 405].includes(answer.status)) return
    if (answer.status !== 404 && answer.status !== 409)
      throw await this.#client.unexpected('MKCOL', folder, answer)
    if (folder === '') throw fault('target-no-parent', { path: this.#client.place('..') })
    await this.makeFolder(folder.slice(0, -1))
    const again = await this.#client.demand('MKCOL', folder, {}, 200, 201, 405)
    again.drop()
  }

  /**
   * Length and SHA-512 of all of a file as it is read back; null if absent. Of a file that is longer than
   * `limit`, they are those of its beginning, at least one byte too long.
   */
  async sum(key: string, limit: number): Promise<Digest | null> {
    const bytes = await this.bytes(key)
    if (!bytes) return null
    const hash = createHash('sha512')
    let size = 0
    for await (const piece of bytes) {
      hash.update(piece)
      size += piece.length
      if (size > limit) break
    }
    return { sha512: hash.digest('hex'), size }
  }

  /** What the server says that a file sums up to, by algorithm; base64, ADLER32 in hexadecimal. It may have to read its `size` bytes. */
  async digests(key: string, size: number): Promise<ReadonlyMap<string, string>> {
    const headers = { 'want-digest': WANTED, 'want-repr-digest': 'sha-512=9, sha-256=5' }
    const answer = await this.#client.ask('HEAD', key, { headers, work: size })
    answer.drop()
    const said = [answer.headers['digest'], answer.headers['repr-digest']].join(',')
    const found = Array.from(
      said.matchAll(/([\w-]+)=:?([\w+/]+=*)/g),
      ([, name = '', sum = '']) => [name, sum] as const,
    )
    return new Map(found.map(([name, sum]) => [name.toLowerCase(), sum]))
  }

  /** The bytes from `start` on, `length` of them. */
  async range(key: string, start: number, length: number): Promise<Uint8Array> {
    const headers = { range: `bytes=${start}-${start + length - 1}` }
    const answer = await this.#client.demand('GET', key, { headers }, 206)
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of answer.body) {
      pieces.push(piece)
      size += piece.length
      if (size > length) break // an answer that ends by itself leaves the connection for the next one
    }
    return Buffer.concat(pieces).subarray(0, length)
  }

  /** Gives a staged file its final name, unless that is taken: then what is there must be the same bytes. */
  async settle(staged: string, key: string, digest: Digest): Promise<void> {
    // Some servers do not know `Overwrite: F`, and whether they replaced anything cannot be told by their answer.
    if (!(await this.stat(key)) && (await this.#rename(staged, key, digest.size))) return
    const there = await this.sum(key, digest.size)
    if (there?.sha512 !== digest.sha512) throw fault('target-occupied', { path: this.#client.place(key) })
    await this.remove(staged)
  }

  /** False if the server says that there is a file of that name. It may have to copy `size` bytes. */
  async #rename(staged: string, key: string, size: number): Promise<boolean> {
    const headers = { destination: this.#client.address(key), overwrite: 'F' }
    const answer = await this.#client.demand('MOVE', staged, { headers, work: size }, 201, 204, 412)
    answer.drop()
    return answer.status !== 412
  }
}

/** The folder of a key, with `/` at its end; '' is the target's own. */
export const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)

const isAbsent = ({ status }: Answer): boolean => status === 404 || status === 410
