import { afterAll, beforeAll, describe } from 'vitest'
import type { Kind } from '../support/published-at.ts'
import { Scene } from '../support/publisher.ts'
import { cutTests } from './cuts.ts'
import { killTests } from './kills.ts'
import { raceTests } from './races.ts'
import { secretTests } from './secrets.ts'
import { refusalTests, serverTests } from './servers.ts'

/** What every target with a server must withstand, through the command line. Most of the time is waiting. */
export function faults(kind: Kind): void {
  const open = sceneOf(kind)
  describe.concurrent(kind.name, () => {
    killTests(open)
    cutTests(open)
    serverTests(open)
    raceTests(open)
  })
}

/** The same for what HTTP servers answer. */
export function refusals(kind: Kind): void {
  const open = sceneOf(kind)
  describe.concurrent(kind.name, () => {
    refusalTests(open, kind.methods ?? [])
  })
}

/** No secret shows. */
export function secrecy(kind: Kind): void {
  const open = sceneOf(kind)
  describe(kind.name, () => {
    secretTests(open)
  })
}

function sceneOf(kind: Kind): () => Scene {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(kind)
  })
  afterAll(() => scene.close())
  return () => scene
}
