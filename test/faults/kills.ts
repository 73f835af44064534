import { expect, test } from 'vitest'
import type { Wish } from '../support/cli-process.ts'
import type { Kind } from '../support/published-at.ts'
import type { Publisher, Scene } from '../support/publisher.ts'
import { seeded } from '../support/random.ts'

/** When a run is to die: after this line that it writes, or after this part of the time that a run takes. */
type Doom = { readonly line: number } | { readonly moment: number }

const SEED = Number(process.env['VMCAST_TEST_SEED'] ?? 3)
/** Publishers at work side by side: a run that comes after a killed one may have to wait for its lock. */
const CHAINS = 6

/** A run that is killed, wherever, leaves whole lists and little else, and the next one finishes. */
export function killTests(open: () => Scene, { thorough }: Kind): void {
  const moments = thorough ? 30 : 6
  test.concurrent(
    `killed after every line and at ${moments} random moments (seed ${SEED})`,
    async () => {
      const scene = open()
      const first = await scene.publisher()
      await first.build(0)
      const { lines } = await first.finish('0.0.1')
      expect(lines.length).toBeGreaterThan(8)
      const random = seeded(SEED)
      // At random, two runs in a row die: the second one has the first one's leavings before it.
      const dooms: Doom[][] = [
        ...lines.map((_, at) => [{ line: at + 1 }]),
        ...Array.from({ length: moments / 2 }, () => [{ moment: random() }, { moment: random() }]),
      ]
      const chains = Array.from({ length: CHAINS }, async (_, chain) => {
        await chainOf(
          await scene.publisher(),
          dooms.filter((_, at) => at % CHAINS === chain),
        )
      })
      await Promise.all(chains)
    },
    300_000,
  )
}

/** One build after the other: each time runs that die, and one that finishes. */
async function chainOf(publisher: Publisher, dooms: readonly (readonly Doom[])[]): Promise<void> {
  await publisher.build(0)
  let { took } = await publisher.finish('0.0.1')
  for (const [at, some] of dooms.entries()) {
    const [before, after] = [`0.0.${at + 1}`, `0.0.${at + 2}`]
    await publisher.build(at + 1)
    for (const doom of some) {
      await publisher.reconcile(killing(doom, took))
      await publisher.expectVersion(before, after)
      await publisher.expectLittle()
    }
    const finished = await publisher.finish(after)
    took = Math.min(took, finished.took)
  }
}

const killing =
  (doom: Doom, took: number): NonNullable<Wish['watch']> =>
  (child, _line, count) => {
    const kill = () => child.kill('SIGKILL')
    if ('line' in doom && count === doom.line) kill()
    if ('moment' in doom && count === 0) setTimeout(kill, doom.moment * took)
  }
