import { sha256 } from '../sums.ts'
import type { Tag } from '../model.ts'

/** The tag of a list: the SHA-256 of its bytes, the same for every reader and at every place. */
export const tagOf = (bytes: Uint8Array): Tag => sha256(bytes)
