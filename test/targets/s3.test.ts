import { afterAll, beforeAll, vi } from 'vitest'
import { makePlace } from '../support/s3-place.ts'
import { startCeph, type Ceph } from '../support/servers/ceph.ts'
import { targetContract } from './contract.ts'

let ceph: Ceph
beforeAll(async () => {
  ceph = await startCeph()
  vi.stubEnv('AWS_ACCESS_KEY_ID', ceph.accessKey)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', ceph.secretKey)
})
afterAll(() => ceph.stop())

targetContract('Ceph', () => makePlace(ceph), { stages: false })
