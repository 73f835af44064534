import { VmcastError } from '../../errors.ts'
import type { Digest, Tag } from '../../model.ts'
import type { Source, Stat } from '../target.ts'

/** A file at a server. */
export interface Place {
  readonly key: string
  readonly url: string
  /** The last part of both. */
  readonly name: string
  /** Address of the folder; ends in `/`. */
  readonly folder: string
  /** Another file in the same folder. */
  beside(name: string): Place
}

/** The file `key` below the address `root`, which ends in `/`. */
export function placeAt(root: string, key: string): Place {
  const cut = key.lastIndexOf('/') + 1
  const folder = key.slice(0, cut)
  return {
    key,
    url: root + key,
    name: key.slice(cut),
    folder: root + folder,
    beside: (name) => placeAt(root, folder + name),
  }
}

/** How a client's server is written to. */
export interface Writer {
  /** As `Target.bytes`. */
  bytes(place: Place): Promise<AsyncIterable<Uint8Array> | null>
  write(partial: Place, source: Source, final: (digest: Digest) => Place): Promise<Stat>
  swap(place: Place, bytes: Uint8Array, expect: Tag | null): Promise<Tag>
}

/** A stream of one piece. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield bytes
}

/** What clears up after a failure may fail too: the first failure is the one to tell. A bug is thrown on. */
export function unlessBug(error: unknown): void {
  if (!(error instanceof VmcastError)) throw error
}
