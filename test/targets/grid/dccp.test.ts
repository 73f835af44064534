import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { folderAt, stubPath } from '../../support/grid-place.ts'
import { startGridFtp, type GridFtp } from '../../support/servers/gridftp.ts'
import { targetContract } from '../contract.ts'

let server: GridFtp
beforeAll(async () => {
  server = await startGridFtp()
})
afterAll(() => server.stop())

targetContract(
  'dcap: by a stub of dccp',
  async () => {
    const root = await mkdtemp(join(server.files, 'place-'))
    return folderAt(
      root,
      `dcap://localhost:22125${root}/`,
      {},
      { ...server.env, PATH: await stubPath(server) },
    )
  },
  { stages: false, swaps: false, whole: false },
)
