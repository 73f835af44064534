import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { TLSSocket, type DetailedPeerCertificate } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { issue, openssl, type Identity } from '../../../scripts/pki.ts'
import type { Keyring } from '../../../src/targets/target.ts'
import { openWebdav } from '../../../src/targets/webdav.ts'
import { loadProxy } from '../../../src/trust/proxy.ts'
import { davConfig, keyringOf } from '../../support/dav-place.ts'
import { makePki, type Pki } from '../../support/pki.ts'
import { makePkcs12 } from '../../support/pkcs12.ts'
import { gridFile, makeProxy, type ProxyKind } from '../../support/proxies.ts'

let pki: Pki
let server: Server
let owner: Identity
/** What the server was last shown, in PEM: first the client's own. */
let shown: string[] = []

beforeAll(async () => {
  pki = await makePki()
  owner = await pki.endorser('one', 'rsa')
  const host = await issue(pki.folder, 'server', pki.ca, {
    subject: '/CN=localhost',
    kind: 'p256',
    extensions: ['subjectAltName = DNS:localhost'],
  })
  const tls = { cert: await readFile(host.certificate), key: await readFile(host.key) }
  server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { socket } = request
    if (socket instanceof TLSSocket) shown = chainOf(socket.getPeerCertificate(true))
    response.writeHead(404).end()
  }).listen(0, 'localhost')
  await once(server, 'listening')
})
afterAll(async () => {
  server.close()
  await pki.remove()
})

function chainOf(first: DetailedPeerCertificate): string[] {
  const chain: string[] = []
  // A root is its own issuer; where the client sent no issuer, there is none.
  for (let one: DetailedPeerCertificate | undefined = first; one;) {
    chain.push(`-----BEGIN CERTIFICATE-----\n${one.raw.toString('base64')}\n-----END CERTIFICATE-----\n`)
    const issuer: DetailedPeerCertificate | undefined = one.issuerCertificate
    one = issuer === one ? undefined : issuer
  }
  return chain
}

async function ask(who: Partial<Keyring>, settings = {}): Promise<void> {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const target = await openWebdav(
    davConfig(`davs://localhost:${port ?? 0}/`, { ca: 'trust', name: 'web', ...settings }),
    keyringOf({ base: pki.folder, ...who }),
  )
  onTestFinished(() => target.close())
  expect(await target.stat('nothing')).toBeNull()
}

/** What OpenSSL says of what the server was shown, as a server that takes proxies asks it. */
async function judge(): Promise<string> {
  const [own = '', ...others] = shown
  const [leaf, rest] = [join(pki.folder, 'leaf.pem'), join(pki.folder, 'rest.pem')]
  await writeFile(leaf, own)
  await writeFile(rest, others.join(''))
  const roots = ['-CAfile', pki.ca.certificate, '-untrusted', rest]
  return await openssl(pki.folder, 'verify', '-allow_proxy_certs', '-purpose', 'sslclient', ...roots, leaf)
}

test.each<ProxyKind>(['RFC 3820', 'RFC 3820, limited', 'RFC 3820 with VOMS attributes'])(
  'a user’s proxy is shown, with what it takes to verify it: %s',
  async (kind) => {
    const file = await gridFile(await makeProxy(pki.folder, owner, kind), owner)
    const proxy = await loadProxy({ X509_USER_PROXY: file }, '/nowhere', new Date())
    if (!proxy) throw new Error('the proxy was made just now')
    await ask({ endorser: () => Promise.resolve(proxy) })
    expect(await judge()).toMatch(/leaf\.pem: OK$/)
  },
)

test('a target’s own certificate can be a proxy, in one file with its key', async () => {
  const first = await makeProxy(pki.folder, owner, 'RFC 3820')
  const second = await makeProxy(pki.folder, first, 'RFC 3820, limited')
  await ask({}, { certificate: await gridFile(second, first, owner) })
  expect(shown.length).toBeGreaterThanOrEqual(3)
  expect(await judge()).toMatch(/leaf\.pem: OK$/)
})

test('or lie in PKCS#12, with a passphrase of its own', async () => {
  const certificate = await makePkcs12(pki, owner, 'swordfish')
  await ask({ env: { VMCAST_PASSPHRASE_WEB: 'swordfish' } }, { certificate })
  expect(await judge()).toMatch(/leaf\.pem: OK$/)
})
