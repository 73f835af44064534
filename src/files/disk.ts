import { constants } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { fault, systemCode, VmcastError } from '../errors.ts'
import { identify, type FileIdentity } from './cache.ts'
import type { Input } from './input.ts'
import { HEAD } from './magic.ts'

/**
 * Opens a regular file. Links are followed (a build's result often is one), then judged where they end:
 * nothing of the system's, and outside the repository `root` only what is pinned, for nobody can pin a
 * secret that they do not know. Throws `file-missing`, `file-unreadable`, `file-not-regular`,
 * `file-forbidden`, `file-outside`.
 */
export async function openDisk(path: string, pinned: boolean, root: string): Promise<Input> {
  try {
    const real = await realpath(path)
    if (/^\/(proc|sys|dev)(\/|$)/.test(real)) throw fault('file-forbidden', { path })
    if (!pinned && !isInside(real, await realpath(root))) throw fault('file-outside', { path, root })
    // Not blocking: a pipe without a writer would never open.
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return await inspect(handle, path, real)
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    throw explain(path, error)
  }
}

async function inspect(handle: FileHandle, name: string, path: string): Promise<Input> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile()) throw fault('file-not-regular', { path: name })
  const identity = identify(path, stats)
  const head = new Uint8Array(HEAD)
  const filled = await fill(handle, head, 0)
  return new DiskInput(handle, name, identity, head.subarray(0, filled))
}

class DiskInput implements Input {
  readonly name: string
  readonly size: number
  readonly head: Uint8Array
  readonly identity: FileIdentity
  readonly #handle: FileHandle
  #position = 0

  constructor(handle: FileHandle, name: string, identity: FileIdentity, head: Uint8Array) {
    this.#handle = handle
    this.name = name
    this.size = Number(identity.size)
    this.identity = identity
    this.head = head
  }

  async read(into: Uint8Array): Promise<number> {
    try {
      const filled = await fill(this.#handle, into, this.#position)
      this.#position += filled
      return filled
    } catch (error) {
      throw explain(this.name, error)
    }
  }

  rewind(): Promise<void> {
    this.#position = 0
    return Promise.resolve()
  }

  async finish(): Promise<void> {
    const now = identify(this.identity.path, await this.#handle.stat({ bigint: true }))
    const same = JSON.stringify(now) === JSON.stringify(this.identity)
    if (!same || this.#position !== this.size) throw fault('file-changed', { path: this.name })
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Reads until `into` is full or the file ends; how many bytes that were. */
async function fill(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let filled = 0
  while (filled < into.length) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function explain(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (error instanceof VmcastError || code === undefined) return error
  if (code === 'ENOENT' || code === 'ENOTDIR') return fault('file-missing', { path }, error)
  if (code === 'ENXIO' || code === 'EISDIR') return fault('file-not-regular', { path }, error)
  const reason = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : code
  return fault('file-unreadable', { path, reason }, error)
}
