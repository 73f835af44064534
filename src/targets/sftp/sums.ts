import type { Session } from './session.ts'

/** Fastest first; the path follows. */
const PROGRAMS = ['openssl dgst -sha512 -r', 'sha512sum']

/** Checksums that a server computes of its own files, where the account has a shell there. */
export class ServerSums {
  /** Programs that have not failed yet. */
  #programs = PROGRAMS

  /** The SHA-512 of a file of `size` bytes, in hex; null where the server cannot tell. */
  async of(session: Session, path: string, size: number): Promise<string | null> {
    for (const program of this.#programs) {
      const output = await session.run(`${program} ${quoted(path)}`, size)
      const [, sum] = /^\\?([0-9a-f]{128}) /m.exec(output ?? '') ?? []
      if (sum) return sum
      this.#programs = this.#programs.filter((one) => one !== program)
    }
    return null
  }
}

/** For a shell: one word, whatever it holds. */
const quoted = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`
