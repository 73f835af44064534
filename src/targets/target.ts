import type { Digest, Surroundings, Tag, TargetConfig } from '../model.ts'
import type { Signer } from '../trust/signer.ts'

/** What a target says of a file that is there. */
export interface Stat {
  /** Bytes. */
  readonly size: number
}

/** Bytes on their way to a target, in bounded memory. */
export interface Source {
  /** Bytes, where known beforehand. */
  readonly size: number | null
  /**
   * Everything, in order, from the beginning at each call: a target reads once, and again only where a failure
   * makes it start over. One reading at a time. A chunk is valid until the next one is asked for.
   * Throws if the bytes turn out not to be what they were said to be (pin, format, changed meanwhile).
   */
  chunks(): AsyncIterable<Uint8Array>
  /** Of all that `chunks` gave; only after its end. */
  digest(): Promise<Digest>
  /**
   * What `digest` will say: from the pin, or where that does not tell by reading everything once more. For
   * targets that cannot rename, and so need the final name before the first byte.
   */
  foretell(): Promise<Digest>
}

/**
 * A place that files and lists are written to, and that a web server serves. Bytes only: a target knows
 * no images, retries nothing, logs nothing and reads no environment. A key is a relative path with `/`,
 * as it follows from an address (`address.ts`). Every failure is thrown as a VmcastError; of those,
 * `target-interrupted` says that trying again may help (`retry.ts`), and the next call then connects anew.
 */
export interface Target {
  /** Whether what was written can be read back at once, or shows at its public address later. */
  readonly settles: 'at once' | 'later'
  /** Whether it takes any file, or image lists alone. */
  readonly holds: 'files' | 'lists'

  /** Absent is a value (null); every failure is thrown. */
  stat(key: string): Promise<Stat | null>

  /** All bytes and their tag; null if absent. More than `limit` bytes: thrown. */
  read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null>

  /**
   * Everything at `key`, in order, to be read once; null if absent. A piece, of a few MiB at most, is valid until the
   * next one is asked for. What fails in the midst is thrown there, an end before the size that was announced too;
   * nothing is gone on with: call again, and start over. The file stays open until its end, or until the reader
   * stops: so begin to read, and do not pause for half a minute.
   */
  bytes(key: string): Promise<AsyncIterable<Uint8Array> | null>

  /**
   * Stages `source` under the stable name `partial`, in the folder of the final name; checks it; then
   * moves it to `final(digest)`. Never over another file: one that is already there counts only if a
   * check of all its bytes says that it is the right one, and is an error otherwise. Whatever fails,
   * nothing appears under the final name. What a broken connection left under `partial` may be gone on with,
   * once it is proven equal. `partial` is a key like every other.
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

/** What a driver may be let in with; it looks for nothing elsewhere. */
export interface Keyring extends Pick<Surroundings, 'env' | 'home' | 'askPassphrase'> {
  /** The folder of vmcast.yaml: relative paths in settings start there. */
  readonly base: string
  /** Who a target is told that vmcast is, where it has no certificate of its own: the user's proxy, else the endorser. */
  readonly endorser: () => Promise<Signer>
}

/** Makes a target of its configuration. Connects to nothing: the first call does. Throws what is wrong with either. */
export type Open = (config: TargetConfig, keyring: Keyring) => Promise<Target>
