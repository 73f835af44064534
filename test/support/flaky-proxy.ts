import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

type Way = 'to server' | 'to client'

/** What happens to a connection on the way to a server. */
export interface Trouble {
  /** The bytes that are counted, those of all connections together. */
  readonly way: Way
  /** Bytes that still pass. */
  readonly after: number
  /** `cut`: both ends see a reset; `end`: both see an orderly end; `stall`: nothing passes any more, either way. */
  readonly then: 'cut' | 'end' | 'stall'
  /** How often; counted anew each time. Default: once. */
  readonly times?: number
}

/** Requests that an HTTP server is said to have failed at. */
export interface Refusal {
  /** How their first line begins. */
  readonly request: RegExp
  readonly status: number
  readonly times: number
}

/** Passes everything on to a server on 127.0.0.1, until it is told otherwise. */
export class FlakyProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #stalled = new Set<Socket>()
  #trouble: { at: Trouble; left: number; times: number } | null = null
  #refusal: { request: RegExp; status: number; left: number } | null = null
  #passed = { 'to server': 0, 'to client': 0 }
  /** Milliseconds that everything takes to pass, either way. */
  latency = 0

  static async start(port: number): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(port)
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(port: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#join(client, connect({ port, host: '127.0.0.1', allowHalfOpen: true }))
    }).listen(0, '127.0.0.1')
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' ? (address?.port ?? 0) : 0
  }

  /** Bytes that came through since the last call. */
  passed(): Readonly<Record<Way, number>> {
    const passed = this.#passed
    this.#passed = { 'to server': 0, 'to client': 0 }
    return passed
  }

  /** From now on; null: no more. */
  trouble(at: Trouble | null): void {
    this.#trouble = at && { at, left: at.after, times: at.times ?? 1 }
  }

  /** Whether all the trouble that it was told to make has come to pass. */
  get isCalm(): boolean {
    return this.#trouble === null && this.#refusal === null
  }

  /** Answers such requests itself, where nothing is encrypted. */
  refuse({ request, status, times }: Refusal): void {
    this.#refusal = { request, status, left: times }
  }

  async stop(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #join(client: Socket, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#sockets.delete(one)
        this.#stalled.delete(one)
        if (!this.#stalled.has(other)) other.destroy()
      })
      one.on('end', () => {
        this.#later(() => {
          if (!this.#stalled.has(one)) other.end()
        })
      })
    }
    client.on('data', (bytes: Buffer) => {
      this.#later(() => {
        if (!this.#refuses(bytes, client, server)) this.#pass(bytes, client, server, 'to server')
      })
    })
    server.on('data', (bytes: Buffer) => {
      this.#later(() => {
        this.#pass(bytes, server, client, 'to client')
      })
    })
  }

  #later(work: () => void): void {
    if (this.latency > 0) setTimeout(work, this.latency)
    else work()
  }

  #refuses(bytes: Buffer, client: Socket, server: Socket): boolean {
    const refusal = this.#refusal
    if (!refusal?.request.test(bytes.toString('latin1', 0, 1024))) return false
    if (--refusal.left === 0) this.#refusal = null
    server.destroy()
    client.end(`HTTP/1.1 ${refusal.status} Out of order\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    client.resume()
    return true
  }

  #pass(bytes: Buffer, from: Socket, to: Socket, way: Way): void {
    if (this.#stalled.has(from)) return
    const trouble = this.#trouble?.at.way === way ? this.#trouble : null
    const strikes = trouble !== null && trouble.left < bytes.length
    const passing = strikes ? bytes.subarray(0, trouble.left) : bytes
    this.#passed[way] += passing.length
    if (trouble) trouble.left -= passing.length
    if (!to.write(passing)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
    if (strikes) this.#strike(trouble, from, to)
  }

  #strike(trouble: { at: Trouble; left: number; times: number }, from: Socket, to: Socket): void {
    trouble.left = trouble.at.after
    if (--trouble.times === 0) this.#trouble = null
    if (trouble.at.then === 'stall') {
      for (const socket of [from, to]) this.#stalled.add(socket.pause())
    } else if (trouble.at.then === 'end') {
      for (const socket of [from, to]) {
        this.#stalled.add(socket)
        socket.end()
      }
    } else {
      for (const socket of [from, to]) socket.resetAndDestroy()
    }
  }
}
