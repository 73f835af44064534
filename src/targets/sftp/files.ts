import { posix } from 'node:path'
import { fault } from '../../errors.ts'
import { sumUp as sumBytes } from '../bytes.ts'
import { isStatus } from './end.ts'
import { ifThere, STATUS, type Session } from './session.ts'

/** Reads that are under way at the same time. */
const AHEAD = 16

/** Bytes: a file in the order of its bytes, `size` of them, or fewer if it ends before. */
export async function* readBlocks(session: Session, handle: Buffer, size: number): AsyncGenerator<Buffer> {
  const { block } = session
  const coming: Promise<Buffer>[] = []
  for (let asked = 0; asked < size || coming.length > 0;) {
    for (; asked < size && coming.length < AHEAD; asked += block) {
      const part = session.read(handle, asked, Math.min(block, size - asked))
      part.catch(() => undefined) // met below, unless one before it fails
      coming.push(part)
    }
    const next = await coming.shift()
    if (next) yield next
  }
}

/** Opens a file, does `work` and closes it; null if there is none. No link is followed at its name. */
export async function withFile<T>(
  session: Session,
  path: string,
  shown: string,
  work: (handle: Buffer, size: number) => Promise<T>,
): Promise<T | null> {
  const stats = await ifThere(session.lstat(path))
  if (!stats) return null
  // Opening a pipe would wait for its other end.
  if (stats.isSymbolicLink()) throw fault('target-link', { path: shown })
  if (!stats.isFile()) throw fault('target-not-file', { path: shown })
  const handle = await ifThere(session.open(path, 'r'))
  if (!handle) return null
  try {
    return await work(handle, (await session.fstat(handle)).size)
  } finally {
    await closeQuietly(session, handle)
  }
}

/** The sum of an open file's first `size` bytes, in hex, by reading them; null if it is shorter. */
export async function sumUp(
  session: Session,
  handle: Buffer,
  size: number,
  algorithm: 'sha256' | 'sha512',
): Promise<string | null> {
  const read = await sumBytes(readBlocks(session, handle, size), algorithm)
  return read.size === size ? read.sum : null
}

/** For the end of work that has its own result or failure: the connection's end closes files too. */
export const closeQuietly = (session: Session, handle: Buffer): Promise<void> =>
  session.closeFile(handle).catch(() => undefined)

/** Removes a file; absent is success. */
export const removeFile = async (session: Session, path: string): Promise<void> => {
  await ifThere(session.unlink(path))
}

/** Makes a folder below `root` where it is missing, and those between; links to folders are followed. */
export async function makeFolder(session: Session, root: string, path: string): Promise<void> {
  const stats = await ifThere(session.stat(path))
  if (stats?.isDirectory()) return
  if (stats) throw fault('target-not-file', { path })
  if (path !== root) await makeFolder(session, root, posix.dirname(path))
  await addFolder(session, path)
}

/** Readable for a web server whatever the umask; what the folder above hands down (setgid) stays. */
async function addFolder(session: Session, path: string): Promise<void> {
  try {
    await session.makeFolder(path)
  } catch (error) {
    const isThere = (await ifThere(session.stat(path)))?.isDirectory()
    if (isThere) return
    throw error
  }
  await session.setFolderMode(path, ((await session.stat(path)).mode & 0o7000) | 0o755)
}

/**
 * Gives a file another name, unless that is taken: then false, and it keeps the old one. Where the server
 * knows no hard links, the protocol's rename has to refuse; the look before it is for servers that do not.
 */
export async function claim(session: Session, from: string, to: string): Promise<boolean> {
  if (session.links && (await succeeds(session.link(from, to)))) {
    await removeFile(session, from)
    return true
  }
  const isTaken = async () => (await ifThere(session.lstat(to))) !== null
  if (await isTaken()) return false
  try {
    await session.rename(from, to)
    return true
  } catch (error) {
    if (isStatus(error) && (await isTaken())) return false
    throw error
  }
}

async function succeeds(answer: Promise<void>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (isStatus(error) && error.code !== STATUS.missing) return false
    throw error
  }
}

/** Writes a new file, readable for a web server, and makes it last. */
export async function put(session: Session, path: string, bytes: Uint8Array): Promise<void> {
  const handle = await session.open(path, 'wx')
  try {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at < all.length; at += session.block) {
      await session.write(handle, all.subarray(at, at + session.block), at)
    }
    await session.setMode(handle, 0o644)
    await session.sync(handle, all.length)
  } finally {
    await closeQuietly(session, handle)
  }
}
