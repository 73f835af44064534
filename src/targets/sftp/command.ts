import type { ClientChannel } from 'ssh2'
import type { Connection } from './connection.ts'

/** Output of a command, in bytes; more is cut off. */
const MOST_OUTPUT = 4096

/** How a command ended. */
export interface Ending {
  readonly output: string
  /** Null if it was killed, or was not done in time. */
  readonly status: number | null
}

/** A command that runs on the server. */
export class Command {
  readonly #channel: ClientChannel
  readonly #ending: Promise<Ending>
  #output = ''
  #settle: (status: number | null) => void = () => undefined

  private constructor(connection: Connection, channel: ClientChannel) {
    this.#channel = channel
    this.#ending = connection.request<Ending>((done) => {
      this.#settle = (status) => {
        done(null, { output: this.#output, status })
      }
    }, Infinity)
    this.#ending.catch(() => undefined) // met at the end
    this.#listen()
  }

  /** Null where the account may run none. */
  static start(connection: Connection, line: string): Promise<Command | null> {
    return connection.request<Command | null>((done) => {
      connection.client.exec(line, (error, channel) => {
        // At once: how it ended may have come with the same packet.
        done(null, error ? null : new Command(connection, channel))
      })
    })
  }

  /** Gives it a line to read. */
  tell(line: string): void {
    if (this.#channel.writable) this.#channel.write(`${line}\n`)
  }

  /** There is no more to read. It has `patience` milliseconds to end, whether or not the server notices. */
  async end(patience: number): Promise<Ending> {
    const late = setTimeout(() => {
      this.#channel.close()
      this.#settle(null)
    }, patience)
    try {
      this.#channel.end()
      return await this.#ending
    } finally {
      clearTimeout(late)
    }
  }

  #listen(): void {
    let status: number | null = null
    this.#channel.on('data', (text: Buffer) => {
      this.#output = (this.#output + text.toString()).slice(-MOST_OUTPUT)
    })
    this.#channel.on('exit', (code: number | null) => {
      status = code
    })
    this.#channel.on('close', () => {
      this.#settle(status)
    })
    this.#channel.on('error', () => {
      this.#settle(null)
    })
    this.#channel.stderr.resume()
  }
}
