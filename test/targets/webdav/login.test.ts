import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { AUTHORITY_EXTENSIONS, issue, openssl, type Identity } from '../../../scripts/pki.ts'
import { type ErrorCode } from '../../../src/errors.ts'
import type { TargetSettings } from '../../../src/model.ts'
import type { Keyring } from '../../../src/targets/target.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { makePki, signerOf, type Pki } from '../../support/pki.ts'
import { startApache, type DavServer } from '../../support/servers/apache.ts'
import { fails } from '../../support/faults.ts'

const LOGIN = { user: 'publisher', password: 'correct horse' }
const DAY = 24 * 3_600_000

let pki: Pki
let stranger: Identity
let keyring: Keyring
let asks: DavServer
let wants: DavServer

const serverOf = (name: string, dates = {}, host = 'localhost') =>
  issue(pki.folder, name, pki.ca, {
    subject: `/DC=org/DC=example/CN=${host}`,
    kind: 'p256',
    extensions: [`subjectAltName = DNS:${host}`],
    ...dates,
  })

beforeAll(async () => {
  pki = await makePki()
  const other = await issue(pki.folder, 'other-ca', null, {
    subject: '/DC=org/DC=example/CN=Other CA',
    kind: 'p256',
    extensions: AUTHORITY_EXTENSIONS,
  })
  stranger = await issue(pki.folder, 'stranger', other, {
    subject: '/DC=org/DC=example/CN=Stranger',
    kind: 'p256',
  })
  const endorser = await signerOf(await pki.endorser('one'))
  keyring = keyringOf({ base: pki.folder, endorser: () => Promise.resolve(endorser) })
  const server = await serverOf('server')
  wants = await startApache({ tls: { server, ca: pki.ca.certificate } })
  asks = await startApache({ tls: { server }, login: LOGIN })
})
afterAll(async () => {
  await Promise.all([asks.stop(), wants.stop()])
  await pki.remove()
})

async function stat(to: string, settings: TargetSettings, who: Keyring) {
  const target = await openWebdav(davConfig(to, settings), who)
  onTestFinished(() => target.close())
  return await target.stat('nothing')
}

const at = ({ port }: DavServer, user = '') => `davs://${user}localhost:${port}/`
const ours = { ca: 'trust', name: 'web' }

describe('a client certificate', () => {
  test('is the endorser’s, where the target has none of its own', async () => {
    expect(await stat(at(wants), ours, keyring)).toBeNull()
  })

  test('can be the target’s own, with an encrypted key whose passphrase has a name of its own', async () => {
    const own = await pki.endorser('own')
    const key = join(pki.folder, 'encrypted.key.pem')
    await openssl(pki.folder, 'pkcs8', '-topk8', '-in', own.key, '-out', key, '-passout', 'pass:secret')
    await chmod(key, 0o600)
    const who = keyringOf({ base: pki.folder, env: { VMCAST_PASSPHRASE_WEB: 'secret' } })
    const settings = { ...ours, certificate: 'own.cert.pem', key: 'encrypted.key.pem' }
    expect(await stat(at(wants), settings, who)).toBeNull()
    const wrong = { ...who, env: { VMCAST_PASSPHRASE_WEB: 'guess' } }
    await expect(stat(at(wants), settings, wrong)).rejects.toSatisfy(fails('passphrase-wrong'))
  })

  test.each([
    [{ certificate: 'own.cert.pem' }, 'key-missing'],
    [{ key: 'own.key.pem' }, 'https-half-identity'],
  ] as const)('that is only half there is no reason to be the endorser: %j', async (half, code) => {
    await expect(stat(at(wants), { ...ours, ...half }, keyring)).rejects.toSatisfy(fails(code))
  })

  test('of a CA that the server does not know is refused, and the message says whose it was', async () => {
    const endorser = await signerOf(stranger)
    const who = { ...keyring, endorser: () => Promise.resolve(endorser) }
    const error: unknown = await stat(at(wants), ours, who).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails('https-client-refused'))
    expect(String(error)).toContain('CN=Stranger')
  })

  test('that is missing is named', async () => {
    const who = keyringOf({
      base: pki.folder,
      env: { VMCAST_TOKEN_WEB: 'macaroon', VMCAST_TOKEN_WEB_HOST: `localhost:${wants.port}` },
    })
    await expect(stat(at(wants), ours, who)).rejects.toSatisfy(fails('https-client-refused'))
  })
})

describe('a password', () => {
  const env = () => ({
    VMCAST_PASSWORD_WEB: LOGIN.password,
    VMCAST_PASSWORD_WEB_HOST: `localhost:${asks.port}`,
  })
  const who = (changes = {}) => keyringOf({ base: pki.folder, env: { ...env(), ...changes } })

  test('lets in, and the endorser’s key is not asked for', async () => {
    expect(await stat(at(asks, 'publisher@'), ours, who())).toBeNull()
  })

  test('that is wrong is refused, and not shown', async () => {
    const wrong = stat(at(asks, 'publisher@'), ours, who({ VMCAST_PASSWORD_WEB: 'wrong horse' }))
    const error: unknown = await wrong.catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails('webdav-refused'))
    expect(String(error)).toContain('the user publisher')
    expect(String(error)).not.toMatch(/horse|cHVib/)
  })

  test.each<[string, string, object, ErrorCode]>([
    [
      'that is bound to another host',
      'publisher@',
      { VMCAST_PASSWORD_WEB_HOST: 'elsewhere' },
      'secret-unbound',
    ],
    ['that is missing', 'publisher@', { VMCAST_PASSWORD_WEB: '' }, 'webdav-no-password'],
    ['without a user', '', {}, 'webdav-no-user'],
  ])('%s is an error before anything is sent', async (_, user, changes, code) => {
    await expect(stat(at(asks, user), ours, who(changes))).rejects.toSatisfy(fails(code))
  })

  test('crosses no network in the clear', async () => {
    const env = { VMCAST_TOKEN_WEB: 'macaroon', VMCAST_TOKEN_WEB_HOST: 'images.example.org' }
    const opened = stat('dav://images.example.org/', { name: 'web' }, keyringOf({ env }))
    await expect(opened).rejects.toSatisfy(fails('webdav-plain'))
  })
})

describe('a server', () => {
  const untrusted = async (server: Identity, settings: TargetSettings, reason: RegExp) => {
    const one = await startApache({ tls: { server } })
    onTestFinished(() => one.stop())
    const error: unknown = await stat(at(one), settings, keyring).catch((thrown: unknown) => thrown)
    expect(error).toSatisfy(fails('https-untrusted'))
    expect(String(error)).toMatch(reason)
  }

  test('of an unknown CA is not trusted', async () => {
    await untrusted(await serverOf('known'), {}, /no CA that is trusted here/)
  })

  test('whose certificate has expired is not trusted', async () => {
    const dates = { from: new Date(Date.now() - 9 * DAY), until: new Date(Date.now() - DAY) }
    await untrusted(await serverOf('expired', dates), ours, /has expired/)
  })

  test('with a certificate for another name is not trusted', async () => {
    await untrusted(await serverOf('elsewhere', {}, 'elsewhere.example.org'), ours, /for another name/)
  })

  test('is trusted by a bundle as by a folder', async () => {
    await writeFile(
      join(pki.folder, 'bundle.pem'),
      `# ours\n${await openssl(pki.folder, 'x509', '-in', pki.ca.certificate)}`,
    )
    expect(await stat(at(wants), { ca: 'bundle.pem' }, keyring)).toBeNull()
  })

  test.each(['davs://host', 'davs://user:secret@host/', 'davs://host/?query', 'davs://host/a/../b/'])(
    'whose address is not plain is refused: %s',
    async (to) => {
      const error: unknown = await stat(to, {}, keyring).catch((thrown: unknown) => thrown)
      expect(error).toSatisfy(fails('target-address'))
      expect(String(error)).not.toContain('secret')
    },
  )
})
