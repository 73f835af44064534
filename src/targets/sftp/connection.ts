import { connect, type Socket } from 'node:net'
import ssh2, { type AuthHandlerMiddleware, type ServerHostKeyAlgorithm } from 'ssh2'
import { isFault, type VmcastError } from '../../errors.ts'
import { explainEnd, interrupted, isStatus } from './end.ts'
import { isAccepted, kindsOf, refusal } from './host-key.ts'
import type { Login, Server } from './server.ts'

/** GCM first: it is what processors are fastest at. */
const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
] as const

interface Waiting {
  readonly since: number
  /** Milliseconds without any answer that this request may take. */
  readonly patience: number
  readonly reject: (error: VmcastError) => void
}

/**
 * A connection to a server that has shown an accepted key. Throws `ssh-host-unknown`, `ssh-host-changed`,
 * `ssh-denied`, `ssh-no-common`, `target-unreachable`, `target-interrupted`.
 */
export async function connectTo(server: Server): Promise<Connection> {
  const login = await server.login()
  const shown: Buffer[] = []
  for (const algorithms of kindsOf(server.hostKeys)) {
    const connection = new Connection(server, login, algorithms, (key) => shown.push(key))
    try {
      await connection.opened
      return connection
    } catch (error) {
      connection.close()
      if (!isFault(error, 'ssh-host-changed')) throw error
    }
  }
  throw refusal(server, shown)
}

/**
 * An SSH connection whose every request ends: by its answer, by the end of the connection, or because nothing
 * was heard for too long. ssh2 alone does not promise that: a request that is sent when the channel has just
 * closed is never answered, and the time-outs it has are for logging in.
 */
export class Connection {
  readonly client = new ssh2.Client()
  readonly opened: Promise<void>
  readonly #server: Server
  readonly #socket: Socket
  readonly #watch: NodeJS.Timeout
  readonly #waiting = new Set<Waiting>()
  #end: VmcastError | null = null
  #onEnd: () => void = () => undefined
  #heard = { bytes: 0, at: performance.now() }
  #answered = 0

  constructor(
    server: Server,
    login: Login,
    serverHostKey: readonly ServerHostKeyAlgorithm[],
    onRefused: (key: Buffer) => void,
  ) {
    const { host, port, user, patience } = server
    this.#server = server
    this.#socket = connect({ host, port, noDelay: true })
    this.#watch = setInterval(() => {
      this.#look()
    }, patience / 10)
    this.client.on('error', (error: Error & { level?: string }) => {
      // An agent that does not sign with one key is asked for the next: the server has the last word.
      if (error.level !== 'agent') this.#stop(explainEnd(error, server, login))
    })
    this.client.on('close', () => {
      this.#stop(interrupted(server, 'it was closed'))
    })
    this.opened = this.request((done) => this.client.once('ready', done))
    this.client.connect({
      sock: this.#socket,
      username: user,
      authHandler: inTurn(login),
      algorithms: { cipher: [...CIPHERS], compress: ['none'], serverHostKey: [...serverHostKey] },
      hostVerifier: (key: Buffer) => {
        const accepted = isAccepted(server.hostKeys, key)
        if (!accepted) onRefused(key)
        return accepted
      },
      readyTimeout: patience,
      // Answers to these are heard by the watch, which judges them: ssh2's own count starts too seldom anew.
      keepaliveInterval: patience / 3,
      keepaliveCountMax: Infinity,
    })
  }

  /** Calls `act` once, when the connection ends, of whatever; at once if it has. */
  onEnd(act: () => void): void {
    if (this.#end) act()
    else this.#onEnd = act
  }

  /**
   * What `send` hands to its callback. `patience`: milliseconds that may pass without an answer to this or any
   * other request. Throws the error that came as the answer, or `target-interrupted`.
   */
  request<T = void>(
    send: (done: (error?: Error | null, value?: T) => void) => void,
    patience = this.#server.patience,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) {
        reject(this.#end)
        return
      }
      const waiting: Waiting = { since: performance.now(), patience, reject }
      this.#waiting.add(waiting)
      send((error, value) => {
        if (!this.#waiting.delete(waiting)) return
        this.#answered = performance.now()
        // The caller names the type of the answer; where there is none, it is void.
        if (!error) resolve(value as T)
        else reject(isStatus(error) ? error : interrupted(this.#server, error.message))
      })
    })
  }

  close(): void {
    this.#stop(interrupted(this.#server, 'it was closed here'))
  }

  /** Signs of life are bytes, of whatever kind, and answers, for a server can live whose disk hangs. */
  #look(): void {
    const now = performance.now()
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#heard.bytes) this.#heard = { bytes: bytesRead, at: now }
    const isSilent = now - this.#heard.at > this.#server.patience
    const isLate = ({ since, patience }: Waiting) => now - Math.max(since, this.#answered) > patience
    if (isSilent || [...this.#waiting].some(isLate)) {
      this.#stop(
        interrupted(this.#server, `nothing was heard for ${Math.round(this.#server.patience / 1000)} s`),
      )
    }
  }

  #stop(error: VmcastError): void {
    if (this.#end) return
    this.#end = error
    clearInterval(this.#watch)
    this.client.end()
    this.#socket.destroySoon()
    for (const { reject } of this.#waiting) reject(error)
    this.#waiting.clear()
    this.#onEnd()
  }
}

/** Each way to log in once. */
function inTurn({ methods }: Login): AuthHandlerMiddleware {
  const left = [...methods]
  // False: there is none left. ssh2 takes it, and its types do not know.
  return (_left, _partial, next) => {
    next(left.shift() ?? (false as never))
  }
}
