import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { folderAt } from '../../support/grid-place.ts'
import { startGridFtp, type GridFtp } from '../../support/servers/gridftp.ts'
import { targetContract } from '../contract.ts'

let server: GridFtp
beforeAll(async () => {
  server = await startGridFtp()
})
afterAll(() => server.stop())

targetContract(
  'gsiftp: by globus-url-copy',
  async () => {
    const root = await mkdtemp(join(server.files, 'place-'))
    return folderAt(root, `gsiftp://localhost:${server.port}${root}/`, {}, server.env)
  },
  { stages: false, swaps: false, whole: false, removes: false },
)
