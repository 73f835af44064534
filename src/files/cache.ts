import { createHash, randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A file changed within this time may change again without its time stamp telling (milliseconds). */
const RACY = 2_000

/** What tells one state of a file from every other. Times are nanoseconds; all are decimal numbers. */
export interface FileIdentity {
  readonly path: string
  readonly device: string
  readonly inode: string
  readonly size: string
  readonly modified: string
  readonly changed: string
}

export const identify = (path: string, stats: BigIntStats): FileIdentity => ({
  path,
  device: String(stats.dev),
  inode: String(stats.ino),
  size: String(stats.size),
  modified: String(stats.mtimeNs),
  changed: String(stats.ctimeNs),
})

/**
 * Checksums of files that were read before, so that an unchanged file of 10 GB is not read again: one small
 * file for each path. It may be deleted at any time, and processes may share it: an entry appears whole or
 * not at all. It only ever saves time: where it cannot be read or written, files are read.
 */
export class ChecksumCache {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The SHA-512 of the file while it was in exactly this state; null if it was not seen so. */
  async get(identity: FileIdentity): Promise<string | null> {
    const entry = await readFile(this.#entry(identity), 'utf8').catch(() => '')
    const sum = entry.slice(0, 128)
    return /^[0-9a-f]{128}$/.test(sum) && entry === format(sum, identity) ? sum : null
  }

  async put(identity: FileIdentity, sha512: string): Promise<void> {
    const changed = Math.max(Number(identity.modified), Number(identity.changed)) / 1e6
    if (Date.now() - changed < RACY) return
    const entry = this.#entry(identity)
    const draft = `${entry}.${randomUUID()}`
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFile(draft, format(sha512, identity), { flag: 'wx', mode: 0o600 })
      await rename(draft, entry)
    } catch {
      await rm(draft, { force: true }).catch(() => undefined)
    }
  }

  #entry({ path }: FileIdentity): string {
    return join(this.#folder, `${createHash('sha256').update(path).digest('hex')}.sha512`)
  }
}

/** The whole state stands in the entry, and must be equal byte for byte: a damaged entry is no entry. */
const format = (sha512: string, identity: FileIdentity): string => `${sha512} ${JSON.stringify(identity)}\n`
