import { expect, test } from 'vitest'
import type { Trouble } from '../support/flaky-proxy.ts'
import type { Kind } from '../support/published-at.ts'
import type { Publisher, Scene } from '../support/publisher.ts'

const LARGE = 48_000_000
const WAYS = ['to server', 'to client'] as const

/** Connections that break on the way. */
export function cutTests(open: () => Scene, { thorough }: Kind): void {
  /** Where in the traffic of a whole run, or of a swap, it is cut. */
  const places = thorough ? [0.02, 0.25, 0.5, 0.75, 0.98] : [0.25, 0.9]
  const troublesOf = (whole: ReturnType<Publisher['proxy']['passed']>): Trouble[] =>
    WAYS.flatMap((way, turn) =>
      places.map((part, at) => ({
        way,
        after: Math.floor(part * whole[way]),
        then: (at + turn) % 2 === 0 ? 'cut' : 'end',
      })),
    )

  test.concurrent.each(thorough ? (['cut', 'end', 'stall'] as const) : (['cut'] as const))(
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

  test.concurrent(
    'a run, cut anywhere: it recovers',
    async () => {
      const scene = open()
      const measured = await scene.publisher()
      await measured.build(0)
      await measured.finish('0.0.1')
      const troubles = troublesOf(measured.proxy.passed())
      await Promise.all(
        troubles.map(async (trouble) => {
          const publisher = await scene.publisher()
          await publisher.build(0)
          publisher.proxy.trouble(trouble)
          await publisher.finish('0.0.1')
        }),
      )
    },
    150_000,
  )

  test.concurrent(
    'a swap, cut before, while and after the list is sent: it happens once',
    async () => {
      const scene = open()
      const publisher = await scene.publisher()
      await publisher.build(0)
      await publisher.finish('0.0.1')
      await publisher.build(1)
      await publisher.reconcile(atSwap(() => publisher.proxy.passed()))
      const troubles = troublesOf(publisher.proxy.passed())
      const swaps = WAYS.map(async (way) => {
        await swapsCut(
          await scene.publisher(),
          troubles.filter((trouble) => trouble.way === way),
        )
      })
      await Promise.all(swaps)
    },
    300_000,
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
    await publisher.expectTidy(`0.0.${at + 2}`)
    publisher.proxy.trouble(null)
  }
  expect((await publisher.finish(`0.0.${troubles.length + 1}`)).stdout).toContain('Nothing to do')
}

const atSwap =
  (act: () => void) =>
  (_child: unknown, line: string): void => {
    if (line.includes('signing and publishing')) act()
  }
