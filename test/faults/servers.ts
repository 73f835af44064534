import { expect, test } from 'vitest'
import type { Ended } from '../support/cli-process.ts'
import type { Scene } from '../support/publisher.ts'

/** Servers that are not there, or not all the time. */
export function serverTests(open: () => Scene): void {
  test.concurrent(
    'a server that is not there: an error that says so',
    async () => {
      const publisher = await open().publisher()
      await publisher.build(0)
      await publisher.proxy.stop()
      expectClearFailure(await publisher.reconcile())
    },
    150_000,
  )

  test.concurrent(
    'a server that hangs up each time: an error that says so, and the next run finishes',
    async () => {
      const publisher = await open().publisher()
      await publisher.build(0)
      publisher.proxy.trouble({ way: 'to client', after: 0, then: 'end', times: Infinity })
      expectClearFailure(await publisher.reconcile())
      publisher.proxy.trouble(null)
      await publisher.finish('0.0.1')
    },
    150_000,
  )
}

/** What an HTTP server fails at. */
export function refusalTests(open: () => Scene, methods: readonly string[]): void {
  test.concurrent.each(methods)(
    'a server that answers %s with 500 twice, and then works',
    async (method) => {
      const publisher = await open().publisher()
      await publisher.build(0)
      await publisher.finish('0.0.1')
      await publisher.build(1)
      publisher.proxy.refuse({ request: new RegExp(`^${method} `), status: 500, times: 2 })
      await publisher.finish('0.0.2')
    },
    150_000,
  )
}

function expectClearFailure({ status, stdout, stderr }: Ended): void {
  const said = stdout + stderr
  expect(status, said).toBe(1)
  expect(said).toMatch(/The connection to \S+ failed/)
  expect(said).not.toMatch(/This is a bug|^ +at /m)
}
