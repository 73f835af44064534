import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { TargetSettings } from '../../src/model.ts'
import { openGrid } from '../../src/targets/grid.ts'
import { startGridFtp, type GridFtp } from '../support/servers/gridftp.ts'
import { keyringOf, targetTo } from '../support/targets.ts'
import { targetContract, type Place } from './contract.ts'

let server: GridFtp
beforeAll(async () => {
  server = await startGridFtp()
})
afterAll(() => server.stop())

async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  )
}

/** A folder of the server that is reached by one of the clients. */
const placeOf = (settings: TargetSettings) => async (): Promise<Place> => {
  const root = await mkdtemp(join(server.files, 'place-'))
  const to = `gsiftp://localhost:${server.port}${root}/`
  return {
    open: () => openGrid(targetTo(to, { settings }), keyringOf(root, { env: server.env })),
    files: () => filesBelow(root),
    async put(key, bytes) {
      const path = join(root, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, bytes)
    },
    remove: () => rm(root, { recursive: true }),
  }
}

targetContract('gsiftp: by globus-url-copy', placeOf({}), {
  stages: false,
  swaps: false,
  whole: false,
  removes: false,
})
targetContract('gsiftp: by gfal-copy', placeOf({ client: 'gfal-copy' }), { swaps: false })
