import type { SFTPWrapper, Stats } from 'ssh2'
import { fault } from '../../errors.ts'
import { Command } from './command.ts'
import { connectTo, type Connection } from './connection.ts'
import { isStatus } from './end.ts'
import type { Server } from './server.ts'

/** What servers answer (draft-ietf-secsh-filexfer-02, section 7); 4 stands for everything without a number of its own. */
export const STATUS = { missing: 2, denied: 3, failure: 4 } as const

/** OpenSSH takes 255 KiB in one write. */
const LARGEST_BLOCK = 255 * 1024

/** What servers take that do not tell (section 3: packets of 34,000 bytes). */
const SAFE_BLOCK = 30_000

/** Bytes a second that the slowest disk is supposed to do, where a server is silent while it works. */
const SLOWEST = 4 * 1024 * 1024

/** What is asked of a file system; numbers of bytes and flags of statvfs(3). */
export interface Volume {
  readonly f_bavail: number
  readonly f_frsize: number
  readonly f_flag: number
}

/**
 * SFTP with promises, over a connection of its own. Failures are the server's status (`isStatus`), or
 * `target-interrupted`.
 */
export class Session {
  readonly #connection: Connection
  readonly #sftp: SFTPWrapper
  readonly #server: Server
  /** Bytes that may go into one write: ssh2 sends the rest of a larger one later, from memory that is not its own. */
  readonly block: number

  private constructor(server: Server, connection: Connection, sftp: SFTPWrapper) {
    this.#server = server
    this.#connection = connection
    this.#sftp = sftp
    // ssh2 asks the server for this limit, and keeps the answer to itself.
    const limit = '_maxWriteLen' in sftp ? sftp._maxWriteLen : null
    this.block = Math.min(typeof limit === 'number' ? limit : SAFE_BLOCK, LARGEST_BLOCK)
    sftp.on('error', () => {
      connection.close()
    })
  }

  /** Throws what `connectTo` throws, and `sftp-off`. */
  static async open(server: Server): Promise<Session> {
    const connection = await connectTo(server)
    const answer = await connection.request<SFTPWrapper | Error>((done) => {
      connection.client.sftp((error, sftp) => {
        done(null, error ?? sftp)
      })
    })
    if (!(answer instanceof Error)) return new Session(server, connection, answer)
    connection.close()
    throw fault('sftp-off', { place: server.place, reason: answer.message.replace(/\.$/, '') })
  }

  /** Calls `act` once, when the connection ends, of whatever. */
  onEnd(act: () => void): void {
    this.#connection.onEnd(act)
  }

  close(): void {
    this.#connection.close()
  }

  /** Of the name itself: no link is followed. */
  lstat(path: string): Promise<Stats> {
    return this.#connection.request((done) => {
      this.#sftp.lstat(path, done)
    })
  }

  /** Links are followed. */
  stat(path: string): Promise<Stats> {
    return this.#connection.request((done) => {
      this.#sftp.stat(path, done)
    })
  }

  realpath(path: string): Promise<string> {
    return this.#connection.request((done) => {
      this.#sftp.realpath(path, done)
    })
  }

  async names(folder: string): Promise<readonly string[]> {
    const list = await this.#connection.request<{ filename: string }[]>((done) => {
      this.#sftp.readdir(folder, done)
    })
    return list.map(({ filename }) => filename)
  }

  /** `r`: to read; `r+`: to write what is there; `wx`: to write a new file, an error if there is one. */
  open(path: string, how: 'r' | 'r+' | 'wx', mode = 0o600): Promise<Buffer> {
    return this.#connection.request((done) => {
      this.#sftp.open(path, how, mode, done)
    })
  }

  closeFile(handle: Buffer): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.close(handle, done)
    })
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#connection.request((done) => {
      this.#sftp.fstat(handle, done)
    })
  }

  /** At most `block` bytes; their memory is free again when this returns, before the answer comes. */
  write(handle: Buffer, bytes: Buffer, position: number): Promise<void> {
    return this.#connection.request((done) => {
      if (bytes.length === 0) done()
      else this.#sftp.write(handle, bytes, 0, bytes.length, position, done)
    })
  }

  /** Up to `length` bytes, fewer at the end of the file only. */
  async read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length)
    for (let filled = 0; filled < length;) {
      const [start, rest] = [filled, length - filled]
      const count = await this.#connection.request<number>((done) => {
        this.#sftp.read(handle, bytes, start, rest, position + start, done)
      })
      if (count === 0) return bytes.subarray(0, filled)
      filled += count
    }
    return bytes
  }

  /** Makes a file of `size` bytes last; false where the server cannot. */
  async sync(handle: Buffer, size: number): Promise<boolean> {
    if (!this.#offers('fsync@openssh.com')) return false
    await this.#connection.request((done) => {
      this.#sftp.ext_openssh_fsync(handle, done)
    }, this.workOn(size))
    return true
  }

  setMode(handle: Buffer, mode: number): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.fchmod(handle, mode, done)
    })
  }

  setFolderMode(path: string, mode: number): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.chmod(path, mode, done)
    })
  }

  makeFolder(path: string): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.mkdir(path, { mode: 0o755 }, done)
    })
  }

  unlink(path: string): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.unlink(path, done)
    })
  }

  /** By the protocol an error where `to` is there; not every server keeps to that. */
  rename(from: string, to: string): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.rename(from, to, done)
    })
  }

  get replaces(): boolean {
    return this.#offers('posix-rename@openssh.com')
  }

  /** In one step, over what is there. */
  replace(from: string, to: string): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.ext_openssh_rename(from, to, done)
    })
  }

  get links(): boolean {
    return this.#offers('hardlink@openssh.com')
  }

  link(from: string, to: string): Promise<void> {
    return this.#connection.request((done) => {
      this.#sftp.ext_openssh_hardlink(from, to, done)
    })
  }

  /** Null where the server does not tell. */
  async volume(path: string): Promise<Volume | null> {
    if (!this.#offers('statvfs@openssh.com')) return null
    return await this.#connection.request<Volume>((done) => {
      this.#sftp.ext_openssh_statvfs(path, done)
    })
  }

  /** A command, begun; null where the account has no shell. */
  command(line: string): Promise<Command | null> {
    return Command.start(this.#connection, line)
  }

  /** Milliseconds to wait for a server's work on so many bytes. */
  workOn(size: number): number {
    return this.#server.patience + (size / SLOWEST) * 1000
  }

  #offers(extension: string): boolean {
    // ssh2 keeps this to itself, too.
    const offered = '_extensions' in this.#sftp ? this.#sftp._extensions : null
    return typeof offered === 'object' && offered !== null && Object.hasOwn(offered, extension)
  }
}

/** What a request gives; null if what it names is not there. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isStatus(error) && error.code === STATUS.missing) return null
    throw error
  }
}
