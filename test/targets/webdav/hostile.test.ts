import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type ErrorCode } from '../../../src/errors.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { sourceOf } from '../../support/bytes-source.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'
import { fails } from '../../support/faults.ts'

async function at(answer: RequestListener, patience?: number) {
  const { host } = new URL(await serve(answer))
  const target = await openWebdav(
    davConfig(`dav://${host}/`, { singlePublisher: true }),
    keyringOf(),
    patience,
  )
  onTestFinished(() => target.close())
  return target
}

test('a redirect to what is no address is refused as one', async () => {
  const target = await at((_, response) => response.writeHead(302, { location: 'http://[' }).end())
  await expect(target.read('x', 10)).rejects.toSatisfy(fails('webdav-redirect'))
})

/** A server that keeps what it is sent, and replaces whatever is in the way of a MOVE. */
function replacing(files: Map<string, Buffer>): RequestListener {
  const answer = async (...[request, response]: Parameters<RequestListener>) => {
    const { method, url = '' } = request
    const sent = Buffer.concat(await request.toArray())
    const there = files.get(url)
    if (method === 'PUT') files.set(url, sent)
    else if (method === 'MKCOL') return response.writeHead(405).end()
    else if (!there) return response.writeHead(404).end()
    else if (method === 'HEAD') return response.writeHead(200, { 'content-length': there.length }).end()
    else if (method === 'GET') return response.writeHead(200).end(there)
    else files.delete(url)
    const to = request.headers['destination']
    if (method === 'MOVE' && there) files.set(new URL(String(to)).pathname, there)
    return response.writeHead(204).end()
  }
  return (request, response) => void answer(request, response)
}

test.each<[string, ErrorCode | null]>([
  ['published', 'target-occupied'],
  ['ours', null],
])(
  'a file of the final name stays where a server overwrites in spite of `Overwrite: F`: %s',
  async (there, code) => {
    const files = new Map([['/x.raw', Buffer.from(there)]])
    const target = await at(replacing(files))
    const written = target.write('~x.partial', sourceOf([Buffer.from('ours')], { size: 4 }), () => 'x.raw')
    if (code === null) expect(await written).toEqual({ size: 4 })
    else await expect(written).rejects.toSatisfy(fails(code))
    expect([...files]).toEqual([['/x.raw', Buffer.from(there)]])
  },
)

test('a new file gets its final name there too', async () => {
  const files = new Map<string, Buffer>()
  await (
    await at(replacing(files))
  ).write('~x.partial', sourceOf([Buffer.from('ours')], { size: 4 }), () => 'x.raw')
  expect([...files]).toEqual([['/x.raw', Buffer.from('ours')]])
})
