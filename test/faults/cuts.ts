import { expect, test } from 'vitest'
import type { Trouble } from '../support/flaky-proxy.ts'
import type { Publisher, Scene } from '../support/publisher.ts'

const LARGE = 48_000_000
/** Where in the traffic of a whole run, or of a swap, it is cut. */
const PLACES = [0.02, 0.25, 0.5, 0.75, 0.98]
const WAYS = ['to server', 'to client'] as const

/** Connections that break on the way. */
export function cutTests(open: () => Scene): void {
  test.concurrent.each(['cut', 'end', 'stall'] as const)(
    'one large upload, %s after three quarters: it goes on from there',
    async (then) => {
      const publisher = await open().publisher({ images: 1, bytes: LARGE })
      await publisher.build(0)
      publisher.proxy.trouble({ way: 'to server', after: LARGE * 0.75, then })
      const { stderr } = await publisher.finish('0.0.1')
      expect(stderr).toContain('Trying again soon.')
      expect(publisher.proxy.passed()['to server']).toBeLessThan(1.5 * LARGE)
    },
    150_000,
  )

  test.concurrent.each(['cut', 'end'] as const)(
    'a run, %s anywhere: it recovers',
    async (then) => {
      const scene = open()
      const measured = await scene.publisher()
      await measured.build(0)
      await measured.finish('0.0.1')
      const whole = measured.proxy.passed()
      const troubles = WAYS.flatMap((way) =>
        PLACES.map((part): Trouble => ({ way, after: Math.floor(part * whole[way]), then })),
      )
      for (const some of [troubles.slice(0, 5), troubles.slice(5)]) {
        await Promise.all(
          some.map(async (trouble) => {
            const publisher = await scene.publisher()
            await publisher.build(0)
            publisher.proxy.trouble(trouble)
            await publisher.finish('0.0.1')
          }),
        )
      }
    },
    150_000,
  )

  test.concurrent.each(['cut', 'end'] as const)(
    'a swap, %s before, while and after the list is sent: it happens once',
    async (then) => {
      const scene = open()
      const publisher = await scene.publisher()
      await publisher.build(0)
      await publisher.finish('0.0.1')
      await publisher.build(1)
      await publisher.reconcile(atSwap(() => publisher.proxy.passed()))
      const whole = publisher.proxy.passed()
      const swaps = WAYS.map(async (way) => {
        await swapsCut(
          await scene.publisher(),
          PLACES.map((part) => ({ way, after: Math.floor(part * whole[way]), then })),
        )
      })
      await Promise.all(swaps)
    },
    150_000,
  )
}

/** One build after the other, each with trouble once its list is about to be swapped in. */
async function swapsCut(publisher: Publisher, troubles: readonly Trouble[]): Promise<void> {
  await publisher.build(0)
  await publisher.finish('0.0.1')
  for (const [at, trouble] of troubles.entries()) {
    await publisher.build(at + 1)
    const { status, stdout, stderr } = await publisher.reconcile(
      atSwap(() => {
        publisher.proxy.trouble(trouble)
      }),
    )
    expect(status === 0 ? '' : stdout + stderr).toBe('')
    await publisher.expectVersion(`0.0.${at + 2}`)
    publisher.proxy.trouble(null)
    expect((await publisher.finish(`0.0.${at + 2}`)).stdout).toContain('Nothing to do')
  }
}

const atSwap =
  (act: () => void) =>
  (_child: unknown, line: string): void => {
    if (line.includes('signing and publishing')) act()
  }
