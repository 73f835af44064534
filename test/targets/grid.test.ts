import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { TargetSettings } from '../../src/model.ts'
import { folderAt, stubPath } from '../support/grid-place.ts'
import { startGridFtp, type GridFtp } from '../support/servers/gridftp.ts'
import { targetContract, type Place } from './contract.ts'

let server: GridFtp
beforeAll(async () => {
  server = await startGridFtp()
})
afterAll(() => server.stop())

/** A folder of the server that is reached by one of the clients. */
const placeOf = (settings: TargetSettings) => async (): Promise<Place> => {
  const root = await mkdtemp(join(server.files, 'place-'))
  return folderAt(root, `gsiftp://localhost:${server.port}${root}/`, settings, server.env)
}

targetContract('gsiftp: by globus-url-copy', placeOf({}), {
  stages: false,
  swaps: false,
  whole: false,
  removes: false,
})
targetContract('gsiftp: by gfal-copy', placeOf({ client: 'gfal-copy' }), { swaps: false, rounds: 5 })
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
