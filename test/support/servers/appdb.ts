import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as plain, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as secure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Identity } from '../../../scripts/pki.ts'

/** What was posted. */
export interface Submission {
  readonly path: string
  readonly type: string | undefined
  readonly authorization: string | undefined
  /** DN parts of the client certificate, if it showed one that the CA vouches for. */
  readonly client: string | null
  /** The XML of `data`. */
  readonly xml: string
}

type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** A stub of the EGI AppDB: forms over https, and the lists where subscribers fetch them. */
export interface AppdbStub {
  readonly port: number
  /** Where lists show, ends in `/`. */
  readonly store: string
  readonly lists: Map<string, Buffer>
  readonly submissions: Submission[]
  /** Answers the next submission instead of the stub. */
  answer: Answering | null
  stop(): Promise<void>
}

/** Its name is localhost. With `certified`, only clients with a certificate of the CA come in. */
export async function startAppdb(host: Identity, ca: Identity, certified: boolean): Promise<AppdbStub> {
  const submissions: Submission[] = []
  const lists = new Map<string, Buffer>()
  const store = plain((request, response) => {
    const list = lists.get((request.url ?? '/').slice(1))
    response.writeHead(list ? 200 : 404).end(list)
  })
  const forms = secure(
    {
      cert: await readFile(host.certificate),
      key: await readFile(host.key),
      ca: await readFile(ca.certificate),
      requestCert: true,
      rejectUnauthorized: certified,
    },
    (request, response) => {
      void take(request).then((submission) => {
        submissions.push(submission)
        const answer = stub.answer ?? accept
        stub.answer = null
        answer(request, response)
      })
    },
  )
  const stub: AppdbStub = {
    port: await listening(forms),
    store: `http://127.0.0.1:${await listening(store)}/`,
    lists,
    submissions,
    answer: null,
    async stop() {
      for (const server of [forms, store]) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
  return stub
}

/** An answer in the AppDB's form. */
export const replying =
  (reply: unknown, status = 200): Answering =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof reply === 'string' ? reply : JSON.stringify(reply))
  }

const accept = replying({
  egiappdb: { status: 'success', details: 'The list was taken.', submission_id: 1207, errors: [] },
})

async function take(request: IncomingMessage): Promise<Submission> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const form = new URLSearchParams(Buffer.concat(chunks).toString())
  const { socket } = request
  return {
    path: request.url ?? '',
    type: request.headers['content-type'],
    authorization: request.headers.authorization,
    client:
      socket instanceof TLSSocket && socket.authorized
        ? String(socket.getPeerCertificate().subject.CN)
        : null,
    xml: form.get('data') ?? '',
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
