import type { Stat } from '../target.ts'
import type { Begin } from './programs.ts'

/** What a grid program can do at one server, file by file; a URL is in its own spelling. Failures are thrown. */
export interface Client {
  readonly program: string
  /** Whether `put` can take the place of a file that is there; else that has to be removed first. */
  readonly overwrites: boolean
  /** Makes a file of all bytes, and the folders above it. */
  put(url: string, chunks: AsyncIterable<Uint8Array>): Promise<void>
  /** Hands out all bytes, perhaps more than once from the beginning; false if there is no such file. */
  get(url: string, begin: Begin): Promise<boolean>
  /** Absent is success. */
  remove(url: string): Promise<void>
  /** What only some can do. */
  readonly naming: Naming | null
}

/** A client that can look at names, and give a file another one in one step. */
export interface Naming {
  stat(url: string): Promise<Stat | null>
  /** Over another file too. */
  rename(from: string, to: string): Promise<void>
  /** The names in a folder; none if it is missing. */
  list(url: string): Promise<readonly string[]>
  /** What the server itself says of all bytes, in lower-case hex; null if it knows no such sum. */
  sum(url: string, algorithm: 'SHA512' | 'ADLER32', size: number): Promise<string | null>
}
