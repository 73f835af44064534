import { fault } from '../../errors.ts'
import type { Digest } from '../../model.ts'
import type { Source } from '../target.ts'
import type { Client } from './client.ts'
import type { Files } from './files.ts'

/** Sends images to their staged names, and proves that they arrived. */
export class Uploads {
  readonly #client: Client
  readonly #files: Files
  readonly #full: boolean

  /** `full`: everything is read back, whatever the server says of it. */
  constructor(client: Client, files: Files, full: boolean) {
    this.#client = client
    this.#files = files
    this.#full = full
  }

  async send(partial: string, source: Source): Promise<Digest> {
    const headers = {
      'content-type': 'application/octet-stream',
      ...(source.size === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': source.size }),
    }
    const answer = await this.#client.demand(
      'PUT',
      partial,
      { headers, body: () => source.chunks() },
      200,
      201,
      204,
    )
    answer.drop()
    const digest = await source.digest()
    const there = await this.#files.sum(partial)
    if (there?.sha512 !== digest.sha512) {
      throw fault('target-unverified', { path: this.#client.place(partial), reason: 'other bytes came back' })
    }
    return digest
  }
}
