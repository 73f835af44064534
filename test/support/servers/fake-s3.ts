import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'

/** How this fake takes conditions: as AWS says it does, not at all, or with an error as Swift has it. */
export type Manner = 'honours' | 'ignores' | 'refuses'

/**
 * A FAKE, for what no S3 server in Debian does: conditions on CompleteMultipartUpload, ETags in quotes in
 * `If-Match`, a server that ignores conditions, and errors when a test wants them. It checks no signature.
 */
export interface FakeS3 {
  readonly endpoint: string
  /** What lies there, by `bucket/key`. */
  readonly objects: Map<string, Buffer>
  /** Uploads that were begun: their parts, by id. */
  readonly uploads: Map<string, Upload>
  /** One line for each request: `PUT bucket/key ?partNumber=1 if-none-match=*`. */
  readonly log: string[]
  /** Called before each request is served: an answer here is the only one. */
  intercept: (request: IncomingMessage, answer: Answer) => boolean
  stop(): Promise<void>
}

type Answer = (status: number, code?: string) => void

interface Upload {
  readonly name: string
  readonly metadata: string
  readonly parts: Map<number, Buffer>
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest()
const etagOf = (bytes: Uint8Array) => `"${md5(bytes).toString('hex')}"`

export async function startFakeS3(manner: Manner = 'honours'): Promise<FakeS3> {
  const objects = new Map<string, Buffer>()
  const metadata = new Map<string, string>()
  const etags = new Map<string, string>()
  const uploads = new Map<string, Upload>()

  const store = (name: string, bytes: Buffer, etag: string, sha512: string) => {
    objects.set(name, bytes)
    etags.set(name, etag)
    metadata.set(name, sha512)
  }
  /** The status that a request's conditions ask for; null: go on. */
  const judge = ({ headers }: IncomingMessage, name: string): number | null => {
    const [none, match] = [headers['if-none-match'], headers['if-match']]
    if ((none === undefined && match === undefined) || manner === 'ignores') return null
    if (manner === 'refuses') return 501
    if (none === '*' && objects.has(name)) return 412
    if (match !== undefined && !objects.has(name)) return 404
    return match !== undefined && match !== etags.get(name) ? 412 : null
  }

  const onObject = (
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    body: Buffer,
    answer: Answer,
  ) => {
    const bytes = objects.get(name)
    if (request.method === 'DELETE') {
      objects.delete(name)
      answer(204)
    } else if (request.method === 'PUT') {
      const refusal = judge(request, name)
      if (refusal !== null) {
        answer(
          refusal,
          refusal === 404 ? 'NoSuchKey' : refusal === 501 ? 'NotImplemented' : 'PreconditionFailed',
        )
        return
      }
      store(name, body, etagOf(body), String(request.headers['x-amz-meta-sha512'] ?? ''))
      response.setHeader('ETag', etagOf(body))
      answer(200)
    } else if (!bytes) answer(404, 'NoSuchKey')
    else {
      response.setHeader('ETag', etags.get(name) ?? '')
      response.setHeader('x-amz-meta-sha512', metadata.get(name) ?? '')
      response.setHeader('Content-Length', bytes.length)
      response.end(request.method === 'HEAD' ? undefined : bytes)
    }
  }

  const onUpload = (
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    query: URLSearchParams,
    body: Buffer,
    answer: Answer,
  ) => {
    const upload = uploads.get(id)
    if (!upload) {
      answer(404, 'NoSuchUpload')
      return
    }
    const { name, parts } = upload
    if (request.method === 'PUT') {
      parts.set(Number(query.get('partNumber')), body)
      response.setHeader('ETag', etagOf(body))
      answer(200)
      return
    }
    if (request.method === 'DELETE') {
      uploads.delete(id)
      answer(204)
      return
    }
    if (request.method === 'GET') {
      const all = [...parts].map(
        ([number, bytes]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etagOf(bytes)}</ETag></Part>`,
      )
      return response.end(
        `<ListPartsResult>${all.join('')}<IsTruncated>false</IsTruncated></ListPartsResult>`,
      )
    }
    const refusal = judge(request, name)
    if (refusal !== null) {
      answer(refusal, 'PreconditionFailed')
      return
    }
    const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number))
    const pieces = numbers.map((number) => parts.get(number) ?? Buffer.alloc(0))
    const etag = `"${md5(Buffer.concat(pieces.map(md5))).toString('hex')}-${pieces.length}"`
    store(name, Buffer.concat(pieces), etag, upload.metadata)
    uploads.delete(id)
    return response.end(`<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`)
  }

  const fake = {
    objects,
    uploads,
    log: [] as string[],
    intercept: (() => false) as FakeS3['intercept'],
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://fake')
    const name = decodeURIComponent(pathname.slice(1))
    const conditions = ['if-none-match', 'if-match'].flatMap((one) =>
      request.headers[one] ? [`${one}=${String(request.headers[one])}`] : [],
    )
    fake.log.push(
      [request.method, name, ...(query.size > 0 ? [`?${query.toString()}`] : []), ...conditions].join(' '),
    )
    const answer: Answer = (status, code = 'Error') => {
      response.statusCode = status
      response.end(
        status < 300 || request.method === 'HEAD'
          ? undefined
          : `<Error><Code>${code}</Code><Message>of the fake</Message></Error>`,
      )
    }
    const body = await buffer(request)
    const said = request.headers['content-md5']
    if (fake.intercept(request, answer)) return
    if (said !== undefined && said !== md5(body).toString('base64')) {
      answer(400, 'BadDigest')
      return
    }
    const id = query.get('uploadId')
    if (id !== null) onUpload(request, response, id, query, body, answer)
    else if (query.has('uploads') && request.method === 'POST') {
      const begun = randomUUID()
      uploads.set(begun, {
        name,
        metadata: String(request.headers['x-amz-meta-sha512'] ?? ''),
        parts: new Map(),
      })
      response.end(
        `<InitiateMultipartUploadResult><UploadId>${begun}</UploadId></InitiateMultipartUploadResult>`,
      )
    } else if (query.has('uploads')) {
      const all = [...uploads].map(
        ([begun, { name: one }]) =>
          `<Upload><Key>${one.replace(/^[^/]*\//, '')}</Key><UploadId>${begun}</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload>`,
      )
      response.end(`<ListMultipartUploadsResult>${all.join('')}</ListMultipartUploadsResult>`)
    } else if (query.has('list-type')) response.end('<ListBucketResult></ListBucketResult>')
    else onObject(request, response, name, body, answer)
  }

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return Object.assign(fake, {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  })
}
