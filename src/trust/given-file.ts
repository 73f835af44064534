import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { VmcastError } from '../errors.ts'

export const MIB = 1024 * 1024

/** Bytes: no key, and no chain of certificates, comes near. */
const LARGEST = MIB

/** What the caller calls it when a file cannot be used. */
interface Faults {
  readonly unreadable: (error: unknown) => VmcastError
  /** Given for a private key: why a file that others may read or write is refused, by what it holds; null if it is not. */
  readonly exposed?: (bytes: Buffer) => VmcastError | null
}

/**
 * The bytes of a file that somebody named as holding a key or certificates. Never waits for a pipe, or reads
 * what has no end. Throws what `faults` makes.
 */
export async function readGiven(
  path: string,
  { unreadable, exposed }: Faults,
  largest = LARGEST,
): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Error('it is no regular file')
      if (stats.size > largest) throw new Error(`it is larger than ${largest / MIB} MiB`)
      const { bytesRead, buffer } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0)
      const bytes = buffer.subarray(0, bytesRead)
      const refusal = stats.mode & 0o077 ? exposed?.(bytes) : null
      if (refusal) throw refusal
      return bytes
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof VmcastError ? error : unreadable(error)
  }
}
