import type { ClientChannel } from 'ssh2'
import type { Connection } from './connection.ts'

/** Output of a command, in bytes; more is cut off. */
const MOST_OUTPUT = 4096

/** A command that runs on the server. */
export class Command {
  readonly #channel: ClientChannel
  /** What it printed, if it ended well; else null. */
  readonly #outcome: Promise<string | null>

  private constructor(channel: ClientChannel, outcome: Promise<string | null>) {
    this.#channel = channel
    this.#outcome = outcome
    outcome.catch(() => undefined) // met at the end
  }

  /** Null where the account has no shell. */
  static async start(connection: Connection, line: string): Promise<Command | null> {
    const channel = await connection.request<ClientChannel | null>((done) => {
      connection.client.exec(line, (error, opened) => {
        done(null, error ? null : opened)
      })
    })
    return channel && new Command(channel, outcomeOf(connection, channel))
  }

  /** Gives it a line to read. */
  tell(line: string): void {
    if (this.#channel.writable) this.#channel.write(`${line}\n`)
  }

  /** There is no more to read. What it printed, if it ends well within `patience` milliseconds; else null. */
  async end(patience: number): Promise<string | null> {
    const late = setTimeout(() => {
      this.#channel.close()
    }, patience)
    try {
      this.#channel.end()
      return await this.#outcome
    } finally {
      clearTimeout(late)
    }
  }
}

const outcomeOf = (connection: Connection, channel: ClientChannel): Promise<string | null> =>
  connection.request((done) => {
    let [output, status] = ['', -1]
    channel.on('data', (text: Buffer) => {
      output = (output + text.toString()).slice(-MOST_OUTPUT)
    })
    channel.on('exit', (code: number | null) => {
      status = code ?? -1
    })
    channel.on('close', () => {
      done(null, status === 0 ? output : null)
    })
    channel.on('error', () => {
      done(null, null)
    })
    channel.stderr.resume()
  }, Infinity)
