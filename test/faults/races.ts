import { expect, test } from 'vitest'
import type { Publisher, Scene } from '../support/publisher.ts'

/** Two checkouts that publish to one place at the same time. */
export function raceTests(open: () => Scene): void {
  test.concurrent.each([
    ['the same', [1, 1]],
    ['different', [1, 2]],
  ] as const)(
    'two publishers at once, of %s content: each version once, and the loser says so',
    async (_, builds) => {
      const one = await open().publisher()
      await one.build(0)
      await one.finish('0.0.1')
      const both = [one, await open().publisher({}, one.spot)] as const
      await Promise.all(both.map((publisher, at) => publisher.build(builds[at] ?? 0)))
      const won = await race(both)
      const same = builds[0] === builds[1]
      expect(won).toBeGreaterThan(0)
      await one.expectVersion(same ? '0.0.2' : `0.0.${won + 1}`)
      for (const publisher of both) expect((await publisher.reconcile()).status).toBe(0)
      await one.expectVersion(...(same ? ['0.0.2'] : ['0.0.3', '0.0.4']))
    },
    150_000,
  )
}

/** How many came to a good end. */
async function race(both: readonly Publisher[]): Promise<number> {
  const ended = await Promise.all(both.map((publisher) => publisher.reconcile()))
  for (const { status, stdout, stderr } of ended) {
    expect([0, 1], stdout + stderr).toContain(status)
    if (status === 1) expect(stdout + stderr).toMatch(/Somebody else/)
  }
  return ended.filter(({ status }) => status === 0).length
}
