import type { Digest } from './bytes.ts'

/** What an upload says it did, for the machine that renders: a claim, until it was checked. */
export interface Receipt {
  readonly format: 1
  /** Checksum of the plan that it was uploaded for. */
  readonly plan: string
  /** The image's name. */
  readonly image: string
  readonly identifier: string
  /** Sum of the file that was read. */
  readonly source: string
  /** The bytes as served. */
  readonly served: Digest
  readonly uri: string
}

/** The table of contents of a folder of rendered lists. */
export interface Manifest {
  readonly format: 1
  readonly lists: readonly {
    readonly name: string
    readonly uri: string
    /** Of the text to be signed. */
    readonly sha256: string
    /** Of the list that was published when this was rendered; null if there was none. */
    readonly last: string | null
  }[]
}

/** A list as it is to be signed. */
export interface Rendered {
  readonly name: string
  readonly uri: string
  readonly content: string
  /** The list that was published when this was rendered; null if there was none. */
  readonly last: Uint8Array | null
}
