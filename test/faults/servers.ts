import { expect, test } from 'vitest'
import type { Kind } from '../support/published-at.ts'
import type { Scene } from '../support/publisher.ts'

/** Servers that are not there all the time. */
export function serverTests(open: () => Scene): void {
  test.concurrent(
    'a server that hangs up three times: the run waits, and finishes',
    async () => {
      const publisher = await open().publisher()
      await publisher.build(0)
      publisher.proxy.trouble({ way: 'to client', after: 0, then: 'end', times: 3 })
      const { stderr } = await publisher.finish('0.0.1')
      expect(stderr).toMatch(/The connection to \S+ failed/)
      expect(publisher.proxy.isCalm).toBe(true)
    },
    150_000,
  )
}

/** What an HTTP server fails at. */
export function refusalTests(open: () => Scene, { methods = [] }: Kind): void {
  test.concurrent(
    `a server that answers any of ${methods.join(', ')} with 500 twice, and then works`,
    async () => {
      const publisher = await open().publisher()
      for (const [at, method] of methods.entries()) {
        await publisher.build(at)
        publisher.proxy.refuse({ request: new RegExp(`^${method} `), status: 500, times: 2 })
        await publisher.finish(`0.0.${at + 1}`)
        expect(publisher.proxy.isCalm, method).toBe(true)
      }
    },
    300_000,
  )
}
