import { expect, test } from 'vitest'
import type { Ended } from '../support/cli-process.ts'
import type { Publisher, Scene } from '../support/publisher.ts'

/** Two checkouts that publish to one place at the same time. */
export function raceTests(open: () => Scene): void {
  test.concurrent.each([
    ['the same', [1, 1]],
    ['different', [1, 2]],
  ] as const)(
    'of two publishers of %s content who saw the same list, exactly one wins, and the other says so',
    async (content, builds) => {
      const [one, other] = await pair(open(), builds)
      const { late, early } = await overtaken(other, one)
      expect(early.status, early.stdout + early.stderr).toBe(0)
      expectLost(late)
      await one.expectVersion('0.0.2')
      const again = await other.reconcile()
      expect(again.status, again.stdout + again.stderr).toBe(0)
      if (content === 'the same') expect(again.stdout).toContain('Nothing to do')
      await one.expectTidy(content === 'the same' ? '0.0.2' : '0.0.3')
    },
    150_000,
  )

  test.concurrent(
    'two publishers of different content at once: each version is used once, and who loses says so',
    async () => {
      const both = await pair(open(), [1, 2])
      const ended = await Promise.all(both.map((publisher) => publisher.reconcile()))
      const won = ended.filter(({ status }) => status === 0).length
      for (const one of ended) if (one.status !== 0) expectLost(one)
      expect(won).toBeGreaterThan(0)
      await both[0].expectTidy(`0.0.${won + 1}`)
    },
    150_000,
  )
}

/** Two checkouts, with a build each, and one place where the first one has published already. */
async function pair(
  scene: Scene,
  builds: readonly [number, number],
): Promise<readonly [Publisher, Publisher]> {
  const one = await scene.publisher()
  await one.build(0)
  await one.finish('0.0.1')
  const both = [one, await scene.publisher({}, one.spot)] as const
  await both[0].build(builds[0])
  await both[1].build(builds[1])
  return both
}

/** One that is about to sign and swap its list is held up until another has published: no moment is left to chance. */
async function overtaken(slow: Publisher, quick: Publisher): Promise<{ late: Ended; early: Ended }> {
  const early: Promise<Ended>[] = []
  const late = await slow.reconcile((child, line) => {
    // What follows those questions then takes too long to be over before the signal comes.
    if (line.includes(': read ')) slow.proxy.latency = 80
    if (!line.includes('asking for every image address')) return
    child.kill('SIGSTOP')
    early.push(quick.reconcile().finally(() => child.kill('SIGCONT')))
  })
  const [first] = await Promise.all(early)
  if (!first) throw new Error('It says when it asks for the addresses.')
  slow.proxy.latency = 0
  return { late, early: first }
}

function expectLost({ status, stdout, stderr }: Ended): void {
  expect(status, stdout + stderr).toBe(1)
  expect(stdout + stderr).toMatch(/Somebody else/)
}
