import { shown } from '../web/client.ts'
import { stream, type PrivateHosts, type WebStream } from '../web.ts'
import type { Input } from './input.ts'
import { HEAD } from './magic.ts'

/** Opens an image on the web. Throws `web-failed`, `web-private-address`. */
export async function openRemote(url: string, privateHosts: PrivateHosts): Promise<Input> {
  const open = () => stream(url, privateHosts)
  const input = new RemoteInput(shown(url), open, await open())
  try {
    await input.lookAhead()
    return input
  } catch (error) {
    await input.close()
    throw error
  }
}

class RemoteInput implements Input {
  readonly name: string
  readonly size: number | null
  readonly identity = null
  head: Uint8Array = new Uint8Array()
  readonly #open: () => Promise<WebStream>
  #stream: WebStream
  #pieces: AsyncIterator<Uint8Array>
  #begun = false
  /** What has come and was not read yet. */
  #rest: Uint8Array = new Uint8Array()

  constructor(name: string, open: () => Promise<WebStream>, stream: WebStream) {
    this.name = name
    this.size = stream.size
    this.#open = open
    this.#stream = stream
    this.#pieces = stream.chunks[Symbol.asyncIterator]()
  }

  async lookAhead(): Promise<void> {
    const head = new Uint8Array(HEAD)
    this.head = head.subarray(0, await this.read(head))
    this.#begun = false
    this.#rest = Buffer.concat([this.head, this.#rest])
  }

  async read(into: Uint8Array): Promise<number> {
    this.#begun = true
    let filled = 0
    while (filled < into.length) {
      if (this.#rest.length === 0) {
        const piece = await this.#pieces.next()
        if (piece.done) break
        this.#rest = piece.value
      }
      const part = this.#rest.subarray(0, into.length - filled)
      into.set(part, filled)
      filled += part.length
      this.#rest = this.#rest.subarray(part.length)
    }
    return filled
  }

  async rewind(): Promise<void> {
    if (!this.#begun) return
    this.#begun = false
    await this.#stream.close()
    this.#stream = await this.#open()
    this.#pieces = this.#stream.chunks[Symbol.asyncIterator]()
    this.#rest = new Uint8Array()
  }

  /** The client counts against Content-Length; whether they are the right bytes, the pin says. */
  finish(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return this.#stream.close()
  }
}
