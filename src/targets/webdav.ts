import { parseDestination } from '../address.ts'
import { fault } from '../errors.ts'
import type { Digest, Tag, TargetConfig } from '../model.ts'
import { identify } from './https/identity.ts'
import { hostOf } from './https/login.ts'
import { brokeOff } from './retry.ts'
import type { Keyring, Source, Stat, Target } from './target.ts'
import { Client } from './webdav/client.ts'
import { Files, folderOf, type Version } from './webdav/files.ts'
import { Locks, type Held } from './webdav/lock.ts'
import { loginOf } from './webdav/login.ts'
import { Uploads } from './webdav/upload.ts'
import { safeKey } from './key.ts'
import { tagOf } from './tag.ts'

/** Milliseconds without any sign of life after which a connection is given up. */
const PATIENCE = 30_000

/** Bytes of what a list may have to replace. */
const LARGEST = 64 * 1024 * 1024

/**
 * The folder of a WebDAV server that `to` (`davs://host:port/path/`, `dav://…`) names. Keys and CAs are read
 * at the first call. Throws `target-address`, `secret-unbound`, `webdav-plain`, `webdav-no-password`,
 * `webdav-no-user`.
 */
export async function openWebdav(
  config: TargetConfig,
  keyring: Keyring,
  patience = PATIENCE,
): Promise<Target> {
  const to = parseDestination(config.to)
  if (!to) {
    const reason = 'it must be davs://USER@HOST:PORT/PATH/ with plain names (user and port may be left out)'
    throw fault('target-address', { reason })
  }
  const login = loginOf(config, to, keyring.env)
  const base = new URL(`${to.scheme === 'davs' ? 'https' : 'http'}://${hostOf(to)}${to.path}`)
  const client = new Client(base, () => identify(config, base, login, keyring), patience)
  return await Promise.resolve(new WebdavTarget(client, config.settings))
}

class WebdavTarget implements Target {
  readonly settles = 'at once'
  readonly holds = 'files'
  readonly #client: Client
  readonly #files: Files
  readonly #uploads: Uploads
  readonly #locks: Locks | null
  /** What has arrived, and was about to get its final name. */
  readonly #sent = new WeakMap<Source, Digest>()

  constructor(client: Client, { verify, singlePublisher }: TargetConfig['settings']) {
    this.#client = client
    this.#files = new Files(client)
    this.#uploads = new Uploads(client, this.#files, verify === 'full')
    this.#locks = singlePublisher ? null : new Locks(client)
  }

  async stat(key: string): Promise<Stat | null> {
    safeKey(key)
    const there = await this.#files.stat(key)
    return there && { size: there.size }
  }

  async read(key: string, limit: number): Promise<{ bytes: Uint8Array; tag: Tag } | null> {
    safeKey(key)
    const there = await this.#files.read(key, limit)
    return there && { bytes: there.bytes, tag: there.tag }
  }

  async bytes(key: string): Promise<AsyncIterable<Uint8Array> | null> {
    safeKey(key)
    return await this.#files.bytes(key)
  }

  async write(partial: string, source: Source, final: (digest: Digest) => string): Promise<Stat> {
    safeKey(partial)
    await this.#files.makeFolder(partial)
    await this.#alone(partial, async (lock) => {
      try {
        if (await this.#isDone(partial, source, final)) return
        const digest = await this.#uploads.send(partial, source)
        const key = finalKey(partial, digest, final)
        await lock.check()
        this.#sent.set(source, digest)
        await this.#files.settle(partial, key, digest)
      } catch (error) {
        // Only what was cut off is worth going on with.
        if (!brokeOff(error)) await this.#files.remove(partial).catch(() => undefined)
        throw error
      }
    })
    return { size: (await source.digest()).size }
  }

  async swap(key: string, bytes: Uint8Array, expect: Tag | null): Promise<Tag> {
    safeKey(key)
    judge(key, await this.#files.read(key, LARGEST), expect)
    await this.#files.makeFolder(key)
    await this.#alone(key, async (lock) => {
      const seen = await this.#files.readStrong(key, LARGEST)
      judge(key, seen, expect)
      await lock.check()
      const condition = seen?.condition ?? { 'if-none-match': '*' }
      if (!(await this.#files.put(key, bytes, condition))) throw fault('target-conflict', { key })
    })
    return tagOf(bytes)
  }

  /** Under no lock: it compares nothing, and a swap that is under way finds by `If-Match` that its list is gone. */
  async remove(key: string): Promise<void> {
    safeKey(key)
    await this.#files.remove(key)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** Whether all was done before, and only the answer to the last step got lost. */
  async #isDone(partial: string, source: Source, final: (digest: Digest) => string): Promise<boolean> {
    const digest = this.#sent.get(source)
    if (!digest) return false
    const there = await this.#files.sum(finalKey(partial, digest, final), digest.size)
    return there?.sha512 === digest.sha512
  }

  async #alone<T>(key: string, work: (lock: Held) => Promise<T>): Promise<T> {
    return this.#locks ? await this.#locks.during(key, work) : await work(NO_LOCK)
  }
}

/** Where vmcast.yaml says that there is nobody else. */
const NO_LOCK: Held = { check: () => Promise.resolve() }

/** Throws `target-conflict` unless what is there is what was expected. */
function judge(key: string, there: Version | null, expect: Tag | null): void {
  if ((there?.tag ?? null) !== expect) throw fault('target-conflict', { key })
}

function finalKey(partial: string, digest: Digest, final: (digest: Digest) => string): string {
  const key = final(digest)
  if (folderOf(key) !== folderOf(partial)) throw new Error(`${partial} cannot become ${key}`)
  safeKey(key)
  return key
}
