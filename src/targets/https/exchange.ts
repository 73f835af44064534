import { request as plain, type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as secure } from 'node:https'
import { systemCode } from '../../errors.ts'

/** Milliseconds to wait for `100 Continue`: some servers never say it (RFC 9110, section 10.1.1). */
const CONTINUE_WAIT = 3000

/** Bytes that have to be on their way before the next ones: a slow line needs a while for all of a large chunk. */
const STEP = 1024 * 1024

/** Bytes of an answer that nobody wants, up to which its end is waited for. */
const DROPPED = 64 * 1024

/** Bytes a second that a server sums, moves or stores at the least, once it has them. */
const SLOWEST = 4 * 1024 * 1024

export interface Question {
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly agent: Agent
  /** A short body. */
  readonly text?: string
  /** A long body, sent once the server says that it wants it. A chunk is valid until the next one is asked for. */
  readonly body?: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Milliseconds without any progress after which the exchange fails. */
  readonly patience: number
  /** Bytes that the server works on before it answers, besides those of a long body. */
  readonly work?: number
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** To be read to its end, or `drop`ped. */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of the rest; if that is short, the connection is used again. */
  drop(): void
}

/** The exchange failed on its way; whatever else is thrown came from the body. */
export class Broken extends Error {
  /** Node's or OpenSSL's code, where there is one. */
  readonly code: string | undefined

  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason), { cause: reason })
    this.code = systemCode(reason)
  }
}

/**
 * One request and its answer; follows nothing, retries nothing. If the answer comes before the body was sent,
 * the rest of the body is never asked for. Throws `Broken`, and what the body throws.
 */
export async function exchange(url: URL, question: Question): Promise<Answer> {
  const { method, headers, agent, text, body, patience, work = 0 } = question
  const request = (url.protocol === 'https:' ? secure : plain)(url, {
    method,
    agent,
    headers: { ...headers, ...(body && { expect: '100-continue' }) },
  })
  const response = answered(request)
  try {
    const sent = body ? await send(request, response, body, patience) : 0
    if (!body) request.end(text)
    const patient = patience + ((work + sent) / SLOWEST) * 1000
    return answerOf(await patiently(response, patient), request, patience)
  } catch (error) {
    request.destroy()
    throw error
  }
}

function answered(request: ClientRequest): Promise<IncomingMessage> {
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', (error) => {
      reject(new Broken(error))
    })
    request.once('close', () => {
      reject(new Broken('the server closed the connection'))
    })
  })
  response.catch(() => undefined) // whoever waits for it is told
  return response
}

/** The number of bytes sent. */
async function send(
  request: ClientRequest,
  response: Promise<IncomingMessage>,
  body: NonNullable<Question['body']>,
  patience: number,
): Promise<number> {
  const wanted = new Promise<true>((resolve) => {
    request.once('continue', () => {
      resolve(true)
    })
    request.once('socket', (socket) => {
      const start = () => setTimeout(resolve, CONTINUE_WAIT, true).unref()
      if (socket.connecting) socket.once('secureConnect', start).once('connect', start)
      else start()
    })
  })
  request.flushHeaders()
  const state = { answered: false }
  const answer = response.then(() => {
    state.answered = true
    return false
  })
  answer.catch(() => undefined)
  if (!(await patiently(Promise.race([wanted, answer]), patience))) return 0
  let sent = 0
  for await (const chunk of body()) {
    for (let at = 0; at < chunk.length; at += STEP) {
      if (state.answered) return sent
      const step = chunk.subarray(at, at + STEP)
      await patiently(Promise.race([written(request, step), answer]), patience)
      sent += step.length
    }
  }
  if (!state.answered) request.end()
  return sent
}

/** Until the chunk is in the system's hands: its memory is somebody else's again when the next one is asked for. */
const written = (request: ClientRequest, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    request.write(chunk, () => {
      resolve()
    })
  })

function answerOf(response: IncomingMessage, request: ClientRequest, patience: number): Answer {
  // An answer that came before all was sent ends the connection; its words are not waited for.
  if (!request.writableEnded) request.destroy()
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: pieces(response, patience),
    drop: () => {
      drop(response)
    },
  }
}

function drop(response: IncomingMessage): void {
  let left = DROPPED
  response.on('data', (piece: Uint8Array) => {
    left -= piece.length
    if (left < 0) response.destroy()
  })
}

async function* pieces(response: IncomingMessage, patience: number): AsyncGenerator<Uint8Array> {
  const iterator = (response as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await patiently(iterator.next(), patience).catch((error: unknown) => {
        throw error instanceof Broken ? error : new Broken(error)
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    if (!response.complete) response.destroy()
  }
}

/** What `promise` gives; `Broken` after so many milliseconds. */
async function patiently<T>(promise: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Broken(`nothing came for ${Math.ceil(patience / 1000)} s`))
    }, patience)
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
