import { afterAll, beforeAll } from 'vitest'
import { davPlace } from '../support/dav-place.ts'
import type { DavServer } from '../support/servers/apache.ts'
import { startNginx } from '../support/servers/nginx.ts'
import { targetContract } from './contract.ts'

let nginx: DavServer

beforeAll(async () => {
  nginx = await startNginx({ locks: true })
})
afterAll(() => nginx.stop())

targetContract('dav: nginx with locks', () => davPlace(nginx, 'dav'))
