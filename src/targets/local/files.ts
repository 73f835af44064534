import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fault, systemCode } from '../../errors.ts'
import { pulled, type Give } from '../bytes.ts'
import { explain } from './explain.ts'

/** Bytes after which writing them to the disk begins, so that little is left to wait for at the end. */
const WRITE_BACK = 16 * 1024 * 1024
const PIECE = 1024 * 1024

/** A folder of a target that is there: null if it, or one above it, is missing. No link is followed. */
export async function findFolder(root: string, way: readonly string[]): Promise<string | null> {
  let folder = root
  for (const step of ['', ...way]) {
    folder = join(folder, step)
    if (!(await isFolder(folder))) return null
  }
  return folder
}

/** The same, made where it is missing; the root's own parent must be there. */
export async function makeFolder(root: string, way: readonly string[]): Promise<string> {
  let folder = root
  for (const step of ['', ...way]) {
    folder = join(folder, step)
    while (!(await isFolder(folder))) await addFolder(folder)
  }
  return folder
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await ifThere(lstat(path))
  if (!stats) return false
  if (stats.isSymbolicLink()) throw fault('target-link', { path })
  if (!stats.isDirectory()) throw fault('target-not-file', { path })
  return true
}

/** Readable for a web server whatever the umask; what the folder above hands down (setgid) stays. */
async function addFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return
    throw error
  }
  await chmod(path, ((await lstat(path)).mode & 0o7000) | 0o755)
  await syncFolder(dirname(path))
}

/** Makes the names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems know no such thing.
    if (systemCode(error) !== 'EINVAL') throw error
  } finally {
    await handle.close()
  }
}

/**
 * Everything in a regular file; null if there is none. Throws `target-link`, `target-not-file`, `file-changed`, and
 * what `explain` makes of the system's errors.
 */
export const bytesOf = (path: string): Promise<AsyncIterable<Uint8Array> | null> =>
  pulled(async (give) => {
    try {
      const handle = await openFile(path)
      if (!handle) return null
      try {
        await giveAll(handle, path, give)
        return true
      } finally {
        await handle.close()
      }
    } catch (error) {
      throw explain(path, error)
    }
  })

async function openFile(path: string): Promise<FileHandle | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await ifThere(open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
  if (!handle || (await handle.stat()).isFile()) return handle
  await handle.close()
  throw fault('target-not-file', { path })
}

async function giveAll(handle: FileHandle, path: string, give: Give): Promise<void> {
  const { size } = await handle.stat()
  const piece = new Uint8Array(Math.min(PIECE, size))
  for (let at = 0; at < size;) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    if (bytesRead === 0) throw fault('file-changed', { path })
    await give(piece.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** Writes a new file, readable for a web server, and makes it last. Its size in bytes. */
export async function createFile(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    let [size, pending] = [0, 0]
    let flushed = Promise.resolve()
    for await (const chunk of chunks) {
      await writeAll(handle, chunk)
      size += chunk.length
      pending += chunk.length
      if (pending < WRITE_BACK) continue
      await flushed
      flushed = handle.datasync()
      flushed.catch(() => undefined) // met above or below, unless something else failed first
      pending = 0
    }
    await flushed
    await handle.chmod(0o644)
    await handle.sync()
    return size
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await handle.write(chunk, done)).bytesWritten
  }
}

/** Removes a file; absent is success. */
export const removeFile = async (path: string): Promise<void> => {
  await ifThere(unlink(path))
}

/** What a system call gives; null if what it names is not there. */
export async function ifThere<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
}
