/** The sum and size of some bytes; `sha512` in lower-case hex. */
export interface Digest {
  readonly sha512: string
  /** Bytes. */
  readonly size: number
}

/** What is known of an image's file before anything is uploaded. */
export interface FileFacts {
  /** Sum of the file as it lies there (the pin, or what reading it gave); null: not read yet. */
  readonly source: string | null
  /** Bytes of the file as it lies there; null where that is not known without reading. */
  readonly size: number | null
  /** The bytes as served, where they are known: they differ from the source only where vmcast compresses. */
  readonly served: Digest | null
}

/** How vmcast compresses on the way: by the last part of `hv:format`. */
export type Compression = 'gz' | 'bz2' | null
