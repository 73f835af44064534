import { EventEmitter, once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { identify } from '../../../src/targets/https/identity.ts'
import { Client } from '../../../src/targets/webdav/client.ts'
import { Files } from '../../../src/targets/webdav/files.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'

const MIB = 1024 * 1024

/** Answers everything with `status` and far too much; `taken` is how much of that, once it was cut off. */
async function flood(status: number): Promise<{ client: Client; taken: Promise<number> }> {
  const ends = new EventEmitter<{ cut: [number] }>()
  const taken = once(ends, 'cut').then(([sent]) => Number(sent))
  const origin = await serve((request, response) => {
    request.resume()
    let sent = 0
    const more = () => {
      let goesOn = !response.destroyed
      for (; goesOn && sent < 512 * MIB; sent += MIB) goesOn = response.write(Buffer.alloc(MIB))
      if (sent >= 512 * MIB) response.end()
    }
    response.once('close', () => {
      ends.emit('cut', sent)
    })
    response.writeHead(status, { location: 'http://[' })
    response.on('drain', more)
    more()
  })
  const base = new URL(`${origin}/`)
  const config = davConfig(base.href.replace('http', 'dav'))
  const client = new Client(base, () => identify(config, base, null, keyringOf()), 5000)
  onTestFinished(() => client.close())
  return { client, taken }
}

test.each<[string, number, (files: Files, client: Client) => Promise<unknown>]>([
  ['a range', 206, (files) => files.range('x', 0, 65_536)],
  ['a file that is summed', 200, (files) => files.sum('x', 65_536)],
  ['a list', 200, (files) => files.read('x', 65_536)],
  ['the words of a refusal', 403, (files) => files.read('x', 65_536)],
  ['the words of an absence', 404, (files) => files.read('x', 65_536)],
  ['the words of a success', 201, (files) => files.put('x', Buffer.from('ours'), {})],
  ['the words of a folder', 201, (files) => files.makeFolder('x/y')],
  ['the words of a redirect', 302, (_, client) => client.ask('GET', 'x')],
])('an answer without end is cut off: %s', async (_, status, work) => {
  const { client, taken } = await flood(status)
  await work(new Files(client), client).catch(() => undefined)
  expect(await taken).toBeLessThan(64 * MIB)
})

test('of a range that is longer than was asked for, only the beginning is taken', async () => {
  const { client } = await flood(206)
  expect(await new Files(client).range('x', 0, 65_537)).toEqual(Buffer.alloc(65_537))
})

test('a file that is longer than was said does not sum up to its beginning', async () => {
  const { client } = await flood(200)
  expect((await new Files(client).sum('x', 65_536))?.size).toBeGreaterThan(65_536)
})
