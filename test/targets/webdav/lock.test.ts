import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { identify } from '../../../src/targets/https/identity.ts'
import { Client } from '../../../src/targets/webdav/client.ts'
import { Locks } from '../../../src/targets/webdav/lock.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { serve } from '../../support/http-server.ts'

/** A server whose locks last for `seconds`, whatever it is asked for, and are said to by `said`. */
async function granting(seconds: number, said: string): Promise<Locks> {
  let until = 0
  const origin = await serve(({ method, headers }, response) => {
    const now = performance.now()
    const isHeld = now < until
    if (method === 'UNLOCK') until = 0
    if (method !== 'LOCK') response.writeHead(204).end()
    else if (isHeld !== (headers.if !== undefined)) response.writeHead(isHeld ? 423 : 412).end()
    else {
      until = now + seconds * 1000
      response.writeHead(200, isHeld ? {} : { 'lock-token': '<opaquelocktoken:1>' })
      response.end(
        `<D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock>${said}</D:activelock></D:lockdiscovery></D:prop>`,
      )
    }
  })
  const base = new URL(`${origin}/`)
  const config = davConfig(base.href.replace('http', 'dav'))
  const client = new Client(base, () => identify(config, base, null, keyringOf()), 5000)
  onTestFinished(() => client.close())
  return new Locks(client)
}

test.each<[number, string]>([
  [1, '<D:timeout>Second-1</D:timeout>'],
  [1, '<timeout> second-1 </timeout>'],
  [60, '<D:timeout>Second-60</D:timeout>'],
  [60, '<D:timeout>Infinite</D:timeout>'],
  [60, ''],
])('a lock for %i s, said as "%s", is renewed in time', async (seconds, said) => {
  const locks = await granting(seconds, said)
  const work = async ({ check }: { check: () => Promise<void> }) => {
    await sleep(seconds === 1 ? 2500 : 0)
    await check()
    return 'done'
  }
  expect(await locks.during('x', work)).toBe('done')
})
