import type { Command } from './command.ts'
import type { Session } from './session.ts'

/** Fastest first; the path follows. */
const PROGRAMS = ['openssl dgst -sha512 -r', 'sha512sum']

/**
 * Reads how many bytes of a file have arrived, line by line, sums up as many, and prints the sum at the end. In
 * Python, since a shell could only do it through a pipe, which costs half as much again.
 */
const FOLLOWER = `python3 -I -c "
import hashlib, sys
sum, piece = hashlib.sha512(), memoryview(bytearray(1 << 20))
with open(sys.argv[1], 'rb', 0) as file:
    for line in sys.stdin:
        left = int(line) - file.tell()
        while left > 0:
            read = file.readinto(piece[:min(left, len(piece))])
            if not read:
                sys.exit(1)
            sum.update(piece[:read])
            left -= read
print(sum.hexdigest(), '-')
"`

/** Bytes from which on it is worth a process of its own to sum up what has arrived while the rest comes. */
const LARGE = 64 * 1024 * 1024

/** Bytes between two lines to the follower. */
const STRIDE = 8 * 1024 * 1024

/** Checksums that a server computes of its own files, where the account has a shell there. */
export class ServerSums {
  /** Programs that have not failed yet. */
  #programs = PROGRAMS

  /** The SHA-512 of a file of `size` bytes, in hex; null where the server cannot tell. */
  async of(session: Session, path: string, size: number): Promise<string | null> {
    for (const program of this.#programs) {
      const command = await session.command(`${program} ${quoted(path)}`)
      const sum = sumIn(command && (await command.end(session.workOn(size))))
      if (sum) return sum
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
    return sumIn(command && (await command.end(this.#session.workOn(size - this.#told))))
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

const sumIn = (output: string | null): string | null =>
  /^\\?([0-9a-f]{128}) /m.exec(output ?? '')?.[1] ?? null

/** For a shell: one word, whatever it holds. */
const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`
