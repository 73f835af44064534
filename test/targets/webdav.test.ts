import { afterAll, beforeAll } from 'vitest'
import { issue } from '../../scripts/pki.ts'
import { davPlace, keyringOf } from '../support/dav-place.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'
import { startApache, type DavServer } from '../support/servers/apache.ts'
import type { Keyring } from '../../src/targets/target.ts'
import { targetContract } from './contract.ts'

let pki: Pki
let apache: DavServer
let keyring: Keyring

beforeAll(async () => {
  pki = await makePki()
  const server = await issue(pki.folder, 'server', pki.ca, {
    subject: '/DC=org/DC=example/CN=localhost',
    kind: 'p256',
    extensions: ['subjectAltName = DNS:localhost'],
  })
  const endorser = await signerOf(await pki.endorser('one'))
  keyring = keyringOf({ base: pki.folder, endorser: () => Promise.resolve(endorser) })
  apache = await startApache({ tls: { server, ca: pki.ca.certificate }, strong: true })
})
afterAll(async () => {
  await apache.stop()
  await pki.remove()
})

targetContract('davs: Apache with client certificates', () =>
  davPlace(apache, 'davs', { ca: 'trust' }, keyring),
)
