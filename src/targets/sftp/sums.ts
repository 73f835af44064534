import type { Command, Ending } from './command.ts'
import { closeQuietly, sumUp } from './files.ts'
import type { Session } from './session.ts'

/** Fastest first; the path follows. */
const PROGRAMS = ['openssl dgst -sha512 -r', 'sha512sum']

/** What a shell prints first: what answers a command without it is a refusal, whatever its status. */
const GREETING = 'vmcast asks'

/** What a shell answers where it cannot run a program, or finds none (POSIX, "Exit Status for Commands"). */
const NO_PROGRAM: readonly (number | null)[] = [126, 127]

/**
 * Reads how many bytes of a file have arrived, line by line, sums up as many, and prints the sum at the end. What
 * is summed up is said not to be needed soon: Linux then begins to write it to the disk, so that the sync at
 * the end finds little left to do. In Python, since a shell could only do it through a pipe, which costs half as
 * much again.
 */
const FOLLOWER = `python3 -I -c "
import hashlib, os, sys
sum, piece = hashlib.sha512(), memoryview(bytearray(1 << 20))
with open(sys.argv[1], 'rb', 0) as file:
    for line in sys.stdin:
        start, left = file.tell(), int(line) - file.tell()
        while left > 0:
            read = file.readinto(piece[:min(left, len(piece))])
            if not read:
                sys.exit(1)
            sum.update(piece[:read])
            left -= read
        if hasattr(os, 'posix_fadvise'):
            os.posix_fadvise(file.fileno(), start, file.tell() - start, os.POSIX_FADV_DONTNEED)
print(sum.hexdigest(), '-')
"`

/** Bytes from which on it is worth a process of its own to sum up what has arrived while the rest comes. */
const LARGE = 64 * 1024 * 1024

/** Bytes between two lines to the follower. */
const STRIDE = 8 * 1024 * 1024

/** Checksums that a server computes of its own files, where the account has a shell there. */
export class ServerSums {
  /** Programs that the server is not known to lack. */
  #programs = PROGRAMS

  /**
   * The SHA-512 of a file of `size` bytes, in hex, by whatever the server has for it; null where it has nothing.
   * Where that fails at the file, by reading it; then null if it is shorter.
   */
  async of(session: Session, path: string, size: number): Promise<string | null> {
    for (const program of this.#programs) {
      const command = await session.command(`echo ${GREETING}; ${program} ${quoted(path)}`)
      const ending = command && (await command.end(session.workOn(size)))
      if (!ending || isRefusal(ending)) {
        this.#programs = []
        return null
      }
      if (!NO_PROGRAM.includes(ending.status)) return sumIn(ending) ?? (await readSum(session, path, size))
      this.#programs = this.#programs.filter((one) => one !== program)
    }
    return null
  }

  /** Begins to sum up a file while it is written; `size`: how large it will be, where that is known. */
  follow(session: Session, path: string, size: number | null): Follower {
    const isWorthIt = (size ?? LARGE) >= LARGE && this.#programs.length > 0
    return new Follower(session, isWorthIt ? session.command(`${FOLLOWER} ${quoted(path)}`) : null)
  }
}

/** A sum that grows with its file. */
export class Follower {
  readonly #session: Session
  readonly #command: Promise<Command | null> | null
  #told = 0

  constructor(session: Session, command: Promise<Command | null> | null) {
    this.#session = session
    this.#command = command
    command?.catch(() => undefined) // the end of the connection is met by the upload
  }

  /** So many bytes from the beginning have arrived. */
  reach(position: number): void {
    if (position < this.#told + STRIDE) return
    this.#told = position
    void this.#tell(position)
  }

  /** Of all `size` bytes, in hex; null where there is none, whatever the reason. */
  async sum(size: number): Promise<string | null> {
    const command = await this.#command
    await this.#tell(size)
    return command && sumIn(await command.end(this.#session.workOn(size - this.#told)))
  }

  /** Lets go of it. */
  async stop(): Promise<void> {
    await this.#command?.then((command) => command?.end(0)).catch(() => undefined)
  }

  async #tell(position: number): Promise<void> {
    const command = await this.#command?.catch(() => null)
    command?.tell(String(position))
  }
}

/** No shell met the command: it may do SFTP alone, or nothing. */
const isRefusal = ({ status, output }: Ending): boolean =>
  status !== null && !output.split(/\r?\n/).includes(GREETING)

const sumIn = ({ status, output }: Ending): string | null =>
  status === 0 ? (/^\\?([0-9a-f]{128}) /m.exec(output)?.[1] ?? null) : null

/** The same by reading it; null if it is shorter. */
export async function readSum(session: Session, path: string, size: number): Promise<string | null> {
  const handle = await session.open(path, 'r')
  try {
    return await sumUp(session, handle, size, 'sha512')
  } finally {
    await closeQuietly(session, handle)
  }
}

/** For a shell: one word, whatever it holds. */
const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`
