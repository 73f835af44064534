import type { FileIdentity } from './cache.ts'

/** Where an image's bytes come from: a file or the web. Read from beginning to end. */
export interface Input {
  /** For messages. */
  readonly name: string
  /** Bytes, where known beforehand. */
  readonly size: number | null
  /** The first bytes, for a look at the format; `read` gives them again. */
  readonly head: Uint8Array
  /** Under what a checksum may be kept for the next run; null for what cannot be told apart later. */
  readonly identity: FileIdentity | null
  /** Fills `into` with what comes next, and says how many bytes; fewer than fit only at the end. */
  read(into: Uint8Array): Promise<number>
  /** Goes back to the first byte. */
  rewind(): Promise<void>
  /** After the last byte: throws if what was read cannot have been one and the same file. */
  finish(): Promise<void>
  close(): Promise<void>
}
