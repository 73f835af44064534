import { afterAll, beforeAll, describe } from 'vitest'
import type { Kind } from '../support/published-at.ts'
import { Scene } from '../support/publisher.ts'
import { cutTests } from './cuts.ts'
import { killTests } from './kills.ts'
import { raceTests } from './races.ts'
import { serverTests } from './servers.ts'

/** Tests of one idea; the scene is there once they run. */
type Tests = (open: () => Scene, kind: Kind) => void

/** What every target with a server must withstand. */
export const FAULTS: readonly Tests[] = [killTests, cutTests, serverTests, raceTests]

/** All through the command line, side by side: most of the time is waiting. */
export function withstand(kind: Kind, tests: readonly Tests[]): void {
  describe(kind.name, () => {
    let scene: Scene
    beforeAll(async () => {
      scene = await Scene.open(kind)
    })
    afterAll(() => scene.close())
    for (const some of tests) some(() => scene, kind)
  })
}
