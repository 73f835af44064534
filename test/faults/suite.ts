import { afterAll, beforeAll, describe } from 'vitest'
import type { Kind } from '../support/published-at.ts'
import { Scene } from '../support/publisher.ts'
import { cutTests } from './cuts.ts'
import { killTests } from './kills.ts'

/** What every target with a server must withstand, through the command line. Most of the time is waiting. */
export function faults(kind: Kind): void {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(kind)
  })
  afterAll(() => scene.close())
  const open = () => scene

  describe.concurrent(kind.name, () => {
    killTests(open)
    cutTests(open)
  })
}
