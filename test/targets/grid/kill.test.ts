import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow } from '../../support/grid-place.ts'
import type { Kind } from '../../support/published-at.ts'
import { Scene } from '../../support/publisher.ts'
import { startGridFtp } from '../../support/servers/gridftp.ts'

/** By the client that can rename: by the other one, a list that is being replaced when vmcast dies is broken. */
const GSIFTP: Kind = {
  name: 'gsiftp by gfal-copy',
  images: 1,
  bytes: 2_000_000,
  unfinished: /~[^/]+\.(partial|draft)\.[0-9a-f]{12}$/,
  thorough: false,
  async start() {
    const server = await startGridFtp()
    const { port, files, env } = server
    return {
      port,
      stop: () => server.stop(),
      async place() {
        const folder = await mkdtemp(join(files, 'place-'))
        return {
          folder,
          reach: (by) => ({
            target: [`to: gsiftp://localhost:${by}${folder}/`, 'name: se', 'client: gfal-copy'],
            env: { ...env, VMCAST_X509_SE_HOST: `localhost:${by}` },
          }),
          files: () => filesBelow(folder),
          drop: (key) => rm(join(folder, key)),
          remove: () => rm(folder, { recursive: true }),
        }
      },
    }
  },
}

test.concurrent(
  'killed while it uploads, signs and publishes, it leaves whole lists, and the next run finishes',
  async () => {
    const scene = await Scene.open(GSIFTP)
    try {
      const publisher = await scene.publisher()
      await publisher.build(0)
      const { lines } = await publisher.finish('0.0.1')
      expect(lines.length).toBeGreaterThan(2)
      const dooms = [Math.floor(lines.length / 3), Math.floor((2 * lines.length) / 3), lines.length - 1]
      for (const [at, line] of dooms.entries()) {
        await publisher.build(at + 1)
        await publisher.reconcile((child, _, count) => {
          if (count === line) child.kill('SIGKILL')
        })
        await publisher.expectVersion(`0.0.${at + 1}`, `0.0.${at + 2}`)
        await publisher.expectLittle()
        await publisher.finish(`0.0.${at + 2}`)
      }
    } finally {
      await scene.close()
    }
  },
  400_000,
)

test.concurrent(
  'cut off in the middle, it goes on when the server is there again',
  async () => {
    const scene = await Scene.open(GSIFTP)
    try {
      const publisher = await scene.publisher()
      await publisher.build(0)
      publisher.proxy.trouble({ way: 'to client', after: 12_000, then: 'cut', times: 2 })
      const { stderr } = await publisher.finish('0.0.1')
      expect(stderr).toContain('Trying again soon.')
    } finally {
      await scene.close()
    }
  },
  400_000,
)
