import type { Digest, Tag } from '../model.ts'

/** What a target says of a file that is there. */
export interface Stat {
  /** Bytes. */
  readonly size: number
}

/** Bytes on their way to a target, read once, in bounded memory. */
export interface Source {
  /** Bytes, where known beforehand. */
  readonly size: number | null
  /**
   * Everything, in order; may be called once. A chunk is valid until the next one is asked for.
   * Throws if the bytes turn out not to be what they were said to be (pin, format, changed meanwhile).
   */
  chunks(): AsyncIterable<Uint8Array>
  /** Of all that `chunks` gave; only after its end. */
  digest(): Promise<Digest>
}

/**
 * A place that files and lists are written to, and that a web server serves. Bytes only: a target knows
 * no images, retries nothing, logs nothing and reads no environment. A key is a relative path with `/`,
 * as it follows from an address (`address.ts`). Every failure is thrown as a VmcastError.
 */
export interface Target {
  /** Absent is a value (null); every failure is thrown. */
  stat(key: string): Promise<Stat | null>

  /** All bytes and their tag; null if absent. More than `limit` bytes: thrown. */
  read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null>

  /**
   * Stages `source` under the stable name `partial`, in the folder of the final name; checks it; then
   * moves it to `final(digest)`. Never over another file: one that is already there counts only if a
   * check of all its bytes says that it is the right one, and is an error otherwise. Whatever fails,
   * nothing appears under the final name. `partial` is a key like every other.
   */
  write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat>

  /**
   * Replaces the file by `bytes`, atomically, if it still is the one that `expect` names (null: if there
   * is none). Else throws `target-conflict`, and nothing has changed. Returns the new tag.
   */
  swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag>

  /** Absent is success. */
  remove(key: string): Promise<void>

  close(): Promise<void>
}
