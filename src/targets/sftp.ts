import { posix } from 'node:path'
import { parseDestination } from '../address.ts'
import { fault } from '../errors.ts'
import type { Digest, Tag, TargetConfig } from '../model.ts'
import { collect, pulled } from './bytes.ts'
import { isStatus } from './sftp/end.ts'
import { explain } from './sftp/explain.ts'
import { claim, makeFolder, put, readBlocks, removeFile, sumUp, withFile } from './sftp/files.ts'
import { hiddenName } from './sftp/lock-file.ts'
import { Locks, type LockTimes } from './sftp/lock.ts'
import { publish } from './sftp/publish.ts'
import { Root } from './sftp/root.ts'
import { serverOf, type Server } from './sftp/server.ts'
import { ifThere, STATUS, type Session } from './sftp/session.ts'
import { Sessions } from './sftp/sessions.ts'
import { ServerSums } from './sftp/sums.ts'
import { stage } from './sftp/upload.ts'
import { brokeOff } from './retry.ts'
import type { Keyring, Open, Source, Stat, Target } from './target.ts'
import { safeKey } from './key.ts'
import { tagOf } from './tag.ts'

export interface SftpTimes {
  /** Milliseconds without a sign of life, after which a connection counts as broken. */
  readonly patience: number
  readonly locks?: LockTimes
}

/** A folder of an SSH server: `sftp://user@host:port/path/`. Throws `target-address`. */
export const openSftp: Open = (config, keyring) => openWithin({ patience: 30_000 }, config, keyring)

/** The same, with its own times. */
export function openWithin(times: SftpTimes, config: TargetConfig, keyring: Keyring): Promise<Target> {
  const destination = parseDestination(config.to)
  if (destination?.user == null) {
    return Promise.reject(fault('target-address', { reason: 'it has to be sftp://user@host/path/' }))
  }
  const server = serverOf({ ...destination, user: destination.user }, config, keyring, times.patience)
  return Promise.resolve(
    new SftpTarget(server, destination.path, config.settings.verify === 'full', times.locks),
  )
}

class SftpTarget implements Target {
  readonly settles = 'at once'
  readonly holds = 'files'
  readonly #server: Server
  readonly #sessions: Sessions
  readonly #path: string
  readonly #readBack: boolean
  readonly #locks: Locks
  readonly #sums = new ServerSums()
  readonly #root: Root

  constructor(server: Server, path: string, readBack: boolean, times?: LockTimes) {
    this.#server = server
    this.#sessions = new Sessions(server)
    this.#path = path
    this.#root = new Root(server.place, path)
    this.#readBack = readBack
    this.#locks = new Locks(times)
  }

  stat(key: string): Promise<Stat | null> {
    return this.#at(key, async ({ session, path, shown }) => {
      const stats = await ifThere(session.lstat(path))
      if (!stats) return null
      if (stats.isSymbolicLink()) throw fault('target-link', { path: shown })
      if (!stats.isFile()) throw fault('target-not-file', { path: shown })
      return { size: stats.size }
    })
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    const bytes = await this.bytes(key)
    return bytes && (await collect(bytes, limit, this.#shown(key)))
  }

  bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    return pulled((give) => {
      const giveAll = ({ session, path, shown }: Spot) =>
        withFile(session, path, shown, async (handle, size) => {
          let left = size
          for await (const block of readBlocks(session, handle, size)) {
            left -= block.length
            await give(block)
          }
          if (left > 0) throw fault('file-changed', { path: shown })
          return true
        })
      return this.#at(key, giveAll, (work) => this.#sessions.stay(work))
    })
  }

  write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat> {
    const upload = async ({ session, root, path, shown }: Spot) => {
      const folder = posix.dirname(path)
      await makeFolder(session, root, folder)
      return await this.#locks.hold(session, folder, posix.basename(path), shown, async (lock) => {
        try {
          const size = await stage({
            ...{ session, path, shown, source },
            ...{ sums: this.#sums, readBack: this.#readBack },
          })
          const digest = await source.digest()
          const key = safeKey(final(digest))
          if (posix.dirname(key) !== posix.dirname(partial) || size !== digest.size)
            throw new Error(`${partial} cannot become ${key}`)
          await lock.check()
          const name = { path: posix.join(root, key), shown: this.#shown(key) }
          await publish(session, this.#sums, path, name, digest)
          return { size }
        } catch (error) {
          const reason = await explain(session, path, shown, error) // while the disk is as it was
          // Only what a later try can go on with stays.
          if (!brokeOff(reason)) await removeFile(session, path)
          throw reason
        }
      })
    }
    return this.#at(partial, upload, (work) => this.#sessions.stay(work))
  }

  swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    return this.#at(key, async ({ session, root, path, shown }) => {
      if (expect !== null && !session.replaces) throw fault('sftp-no-replace', { place: this.#server.place })
      const folder = posix.dirname(path)
      await makeFolder(session, root, folder)
      await this.#locks.hold(session, folder, posix.basename(path), shown, async (lock) => {
        const draft = posix.join(folder, hiddenName(posix.basename(path)))
        const compare = async () => {
          const there = await withFile(session, path, shown, (handle, size) =>
            sumUp(session, handle, size, 'sha256'),
          )
          if (there !== expect) throw fault('target-conflict', { key })
        }
        await compare()
        try {
          await put(session, draft, bytes)
          await lock.check()
          await compare()
          if (expect !== null) await session.replace(draft, path)
          else if (!(await claim(session, draft, path))) throw fault('target-conflict', { key })
        } catch (error) {
          // Nobody but who takes the lock over clears up a draft.
          if (isStatus(error) && error.code === STATUS.missing)
            throw fault('target-lock-lost', { path: shown }, error)
          throw await explain(session, path, shown, error)
        } finally {
          await removeFile(session, draft).catch(() => undefined)
        }
      })
      return tagOf(bytes)
    })
  }

  remove(key: string): Promise<void> {
    return this.#at(key, ({ session, path }) => removeFile(session, path))
  }

  /** Locks that a broken connection left are taken away, if the server can be reached again. */
  async close(): Promise<void> {
    if (this.#locks.areLeft) {
      await this.#sessions.use((session) => this.#locks.clear(session)).catch(() => undefined)
    }
    await this.#sessions.close()
  }

  #shown(key: string): string {
    return `${this.#server.place}${this.#path}${key}`
  }

  /** Does `work` where a key leads; a server's status becomes an error that says more. */
  async #at<T>(
    key: string,
    work: (spot: Spot) => Promise<T>,
    connected: (use: (session: Session) => Promise<T>) => Promise<T> = (use) => this.#sessions.use(use),
  ): Promise<T> {
    const shown = this.#shown(safeKey(key))
    return await connected(async (session) => {
      const path = posix.join(this.#path, key)
      try {
        const root = await this.#root.on(session)
        return await work({ session, root, path: posix.join(root, key), shown })
      } catch (error) {
        throw await explain(session, path, shown, error)
      }
    })
  }
}

/** Where a key leads. */
interface Spot {
  readonly session: Session
  /** The target's folder, without links. */
  readonly root: string
  readonly path: string
  /** What messages call the path. */
  readonly shown: string
}
