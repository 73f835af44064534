import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { isFault } from '../../../src/errors.ts'
import { identify } from '../../../src/targets/https/identity.ts'
import { Client } from '../../../src/targets/webdav/client.ts'
import { Files } from '../../../src/targets/webdav/files.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'

const PATIENCE = 200
const LARGE = 64 * 1024 * 1024

/** A server that answers a second after it has all of a request; but it says at once that nothing is at `/x.raw`. */
const slow = () =>
  filesAt((request, response) => {
    request.resume().once('end', () => {
      const isLook = request.method === 'HEAD' && request.url === '/x.raw'
      void sleep(isLook ? 0 : 1000).then(() => response.writeHead(isLook ? 404 : 201).end())
    })
  }, PATIENCE)

async function filesAt(answer: Parameters<typeof serve>[0], patience: number): Promise<Files> {
  const origin = await serve(answer)
  const base = new URL(`${origin}/`)
  const config = davConfig(base.href.replace('http', 'dav'))
  const client = new Client(base, () => identify(config, base, null, keyringOf()), patience)
  onTestFinished(() => client.close())
  return new Files(client)
}

test.each<[string, (files: Files, size: number) => Promise<unknown>]>([
  ['PUT', (files, size) => files.put('~x', Buffer.alloc(size), {})],
  ['MOVE', (files, size) => files.settle('~x', 'x.raw', { sha512: '', size })],
  ['HEAD with its sum', (files, size) => files.digests('~x', size)],
])('an answer to %s is waited for the longer, the more there is to do for it', async (_, work) => {
  const files = await slow()
  await work(files, LARGE)
  await expect(work(files, 1000)).rejects.toSatisfy((error) => isFault(error, 'target-interrupted'))
})

test('a line is slow, but moves: a large piece is not given up', async () => {
  const taken = async (request: IncomingMessage) => {
    for await (const piece of request as AsyncIterable<Uint8Array>) await sleep(piece.length / 10_000)
  }
  const files = await filesAt((request, response) => {
    void taken(request).then(() => response.writeHead(201).end())
  }, 2000)
  const began = performance.now()
  expect(await files.put('~x', Buffer.alloc(LARGE), {})).toBe(true)
  expect(performance.now() - began).toBeGreaterThan(4000)
})
