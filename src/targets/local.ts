import { link, lstat, realpath, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fault, systemCode } from '../errors.ts'
import type { Digest, Tag, TargetConfig } from '../model.ts'
import { collect, sumUp } from './bytes.ts'
import { explain } from './local/explain.ts'
import {
  bytesOf,
  createFile,
  findFolder,
  ifThere,
  makeFolder,
  removeFile,
  syncFolder,
} from './local/files.ts'
import { hiddenName, locked } from './local/lock.ts'
import type { Keyring, Source, Stat, Target } from './target.ts'
import { safeKey } from './key.ts'
import { tagOf } from './tag.ts'

/** Milliseconds to wait for another publisher of the same file; without it, each of two could refuse the other. */
const PATIENCE = 10_000

/**
 * The folder that `to` (`file:./public/`, `file:/srv/www/`) names, relative to `base`; links up to it are
 * resolved once and for all. It may be missing until something is written, its parent may not: a disk that
 * is not mounted is no empty target. Throws `target-address`, `target-no-parent`.
 */
export async function openLocal(
  { to }: Pick<TargetConfig, 'to'>,
  { base }: Pick<Keyring, 'base'>,
): Promise<Target> {
  const path = folderOf(to, base)
  try {
    const root = await ifThere(realpath(path))
    if (root !== null) return new LocalTarget(root)
    const parent = await ifThere(realpath(dirname(path)))
    if (parent !== null) return new LocalTarget(join(parent, basename(path)))
  } catch (error) {
    throw explain(path, error)
  }
  throw fault('target-no-parent', { path: dirname(path) })
}

function folderOf(to: string, base: string): string {
  const url = new URL(to, pathToFileURL(join(base, '/')))
  if (url.host || url.search || url.hash) {
    throw fault('target-address', { reason: 'a file: address has a path, and no host, ? or #' })
  }
  return join(fileURLToPath(url), '.').replace(/\/$/, '')
}

/** A folder on this machine, or on a disk that is mounted here, which a web server serves. */
class LocalTarget implements Target {
  readonly settles = 'at once'
  readonly holds = 'files'
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  stat(key: string): Promise<Stat | null> {
    return this.#explained(key, async () => {
      const path = await this.#find(key)
      const stats = path && (await ifThere(lstat(path)))
      if (!stats) return null
      if (stats.isSymbolicLink()) throw fault('target-link', { path })
      if (!stats.isFile()) throw fault('target-not-file', { path })
      return { size: stats.size }
    })
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    const bytes = await this.bytes(key)
    return bytes && (await collect(bytes, limit, this.#path(key)))
  }

  bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    return this.#explained(key, async () => {
      const path = await this.#find(key)
      return path === null ? null : await bytesOf(path)
    })
  }

  write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat> {
    return this.#explained(partial, async () => {
      const folder = await makeFolder(this.#root, steps(partial))
      const staged = join(folder, basename(partial))
      return await locked(folder, basename(partial), PATIENCE, async (lock) => {
        await removeFile(staged) // left by a run that was killed
        try {
          const size = await createFile(staged, source.chunks())
          const digest = await source.digest()
          const key = final(digest)
          if (dirname(key) !== dirname(partial) || size !== digest.size)
            throw new Error(`${partial} cannot become ${key}`)
          await lock.check()
          await moveInto(staged, this.#path(key), digest)
        } finally {
          await removeFile(staged)
        }
        await syncFolder(folder)
        return { size: (await source.digest()).size }
      })
    })
  }

  swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    return this.#explained(key, async () => {
      const folder = await makeFolder(this.#root, steps(key))
      const [path, draft] = [this.#path(key), join(folder, hiddenName(basename(key)))]
      await locked(folder, basename(key), PATIENCE, async (lock) => {
        await compare(key, path, expect)
        try {
          await createFile(draft, [bytes])
          await lock.check()
          await compare(key, path, expect)
          await (expect === null ? link(draft, path) : rename(draft, path))
        } finally {
          await removeFile(draft)
        }
        await syncFolder(folder)
      })
      return tagOf(bytes)
    })
  }

  remove(key: string): Promise<void> {
    return this.#explained(key, async () => {
      const path = await this.#find(key)
      if (!path) return
      await removeFile(path)
      await syncFolder(dirname(path))
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Where a file is, if its folder is there. */
  async #find(key: string): Promise<string | null> {
    return (await findFolder(this.#root, steps(key))) && this.#path(key)
  }

  #path(key: string): string {
    safeKey(key)
    return join(this.#root, key)
  }

  async #explained<T>(key: string, work: () => Promise<T>): Promise<T> {
    const path = this.#path(key)
    try {
      return await work()
    } catch (error) {
      throw explain(path, error)
    }
  }
}

/** The folders between the root and a file. */
const steps = (key: string): readonly string[] => key.split('/').slice(0, -1)

/** Gives a staged file its final name, unless that is taken: then what is there must be the same bytes. */
async function moveInto(staged: string, path: string, digest: Digest): Promise<void> {
  try {
    await link(staged, path)
    return
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  const there = await sumOf(path, 'sha512')
  if (there?.sum !== digest.sha512 || there.size !== digest.size) throw fault('target-occupied', { path })
}

/** Throws `target-conflict` unless the file is the one that was seen. */
async function compare(key: string, path: string, expect: Tag | null): Promise<void> {
  const there = await sumOf(path, 'sha256')
  if ((there?.sum ?? null) !== expect) throw fault('target-conflict', { key })
}

async function sumOf(path: string, algorithm: 'sha256' | 'sha512') {
  const bytes = await bytesOf(path)
  return bytes && (await sumUp(bytes, algorithm))
}
