import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { VmcastError } from '../errors.ts'

/** Bytes: no key, and no chain of certificates, comes near. */
const LARGEST = 1024 * 1024

/** What the caller calls it when a file cannot be used. */
interface Faults {
  readonly unreadable: (error: unknown) => VmcastError
  /** Given for a private key: what others may read is refused before it is read. */
  readonly exposed?: () => VmcastError
}

/**
 * The bytes of a file that somebody named as holding a key or certificates. Never waits for a pipe, or reads
 * what has no end. Throws what `faults` makes.
 */
export async function readGiven(path: string, { unreadable, exposed }: Faults): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Error('it is no regular file')
      if (exposed && stats.mode & 0o077) throw exposed()
      if (stats.size > LARGEST) throw new Error('it is larger than 1 MiB')
      const { bytesRead, buffer } = await file.read(Buffer.alloc(stats.size), 0, stats.size, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw error instanceof VmcastError ? error : unreadable(error)
  }
}
