import { chmod, chown, copyFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENDORSER_EXTENSIONS, issue, type Identity } from '../../scripts/pki.ts'
import { loadProxy, usualProxy } from '../../src/trust/proxy.ts'
import { loadEndorser, loadSigner } from '../../src/trust/signer.ts'
import { makePki, type Pki } from '../support/pki.ts'
import { gridFile, makeProxy, PROXIES, type ProxyKind } from '../support/proxies.ts'

const OWNER = '/DC=org/DC=example/OU=People/CN=Owen Synge one'
const HOUR = 3_600_000
const never = () => Promise.reject(new Error('nobody is there to be asked'))

let pki: Pki
let owner: Identity
beforeAll(async () => {
  pki = await makePki()
  owner = await pki.endorser('one', 'rsa')
})
afterAll(() => pki.remove())

describe('a proxy does not sign', () => {
  it.each(Object.keys(PROXIES) as ProxyKind[])('%s', async (kind) => {
    const proxy = await makeProxy(pki.folder, owner, kind)
    const refused = {
      code: 'proxy-signer',
      message: expect.stringMatching(
        /^signing.certificate is an? (RFC 3820|Globus|legacy Globus) proxy certificate \(.*\/CN=Owen Synge one\/CN=.*\): subscribers cannot verify what a proxy signs\.$/,
      ) as string,
      remedy: `Sign with the certificate that it was made from (${OWNER}); a proxy may log in at targets.`,
    }
    for (const certificate of [proxy.certificate, await gridFile(proxy, owner)]) {
      const signing = { certificate, key: proxy.key }
      for (const load of [loadEndorser, loadSigner])
        await expect(load(signing, {}, '/nowhere', never)).rejects.toMatchObject(refused)
    }
  })

  it('nor does one that was made from a proxy', async () => {
    const first = await makeProxy(pki.folder, owner, 'RFC 3820')
    const second = await makeProxy(pki.folder, first, 'RFC 3820, limited')
    const certificate = await gridFile(second, owner, first)
    const env = { X509_USER_CERT: certificate, X509_USER_KEY: certificate }
    await expect(loadSigner({ certificate: null, key: null }, env, '/nowhere', never)).rejects.toMatchObject({
      code: 'proxy-signer',
      remedy: expect.stringContaining(`(${OWNER})`) as string,
    })
  })

  it('but X509_USER_PROXY is not asked for a signer', async () => {
    const proxy = await gridFile(await makeProxy(pki.folder, owner, 'RFC 3820'), owner)
    const signer = await loadSigner(owner, { X509_USER_PROXY: proxy }, '/nowhere', never)
    expect(signer.dn).toBe(OWNER)
  })

  it('and a person whom a CA calls proxy is none', async () => {
    const person = await issue(pki.folder, 'person', pki.ca, {
      subject: '/DC=org/DC=example/OU=People/CN=proxy',
      kind: 'p256',
      extensions: ENDORSER_EXTENSIONS,
    })
    expect((await loadSigner(person, {}, '/nowhere', never)).dn).toBe('/DC=org/DC=example/OU=People/CN=proxy')
  })
})

describe('a proxy that logs in', () => {
  const now = new Date()
  const past = { from: new Date(now.getTime() - 2 * HOUR), until: new Date(now.getTime() - HOUR) }

  it.each(Object.keys(PROXIES) as ProxyKind[])(
    '%s: with its key, and the chain in TLS’s order',
    async (kind) => {
      const path = await gridFile(await makeProxy(pki.folder, owner, kind), pki.ca, owner)
      const proxy = await loadProxy({ X509_USER_PROXY: path }, '/nowhere', now)
      expect(proxy?.dn).toBe(`${OWNER}/CN=${PROXIES[kind][0]}`)
      expect(proxy?.key.asymmetricKeyType).toBe('rsa')
      expect(proxy?.chain.map(({ dn }) => dn)).toEqual([OWNER, '/DC=org/DC=example/CN=Example CA'])
    },
  )

  it('is the one that X509_USER_PROXY names, else the one at the usual place', async () => {
    const [named, usual] = await Promise.all(
      (['RFC 3820', 'Globus Toolkit 2'] as const).map(async (kind) =>
        gridFile(await makeProxy(pki.folder, owner, kind), owner),
      ),
    )
    if (!named || !usual) throw new Error('two were made')
    expect((await loadProxy({ X509_USER_PROXY: named }, usual, now))?.dn).toMatch(/\/CN=1906174623$/)
    expect((await loadProxy({}, usual, now))?.dn).toMatch(/\/CN=proxy$/)
    expect(await loadProxy({}, '/nowhere', now)).toBeNull()
    expect(usualProxy()).toBe(`/tmp/x509up_u${process.geteuid?.() ?? ''}`)
  })

  it('is not what somebody else, or a link, put at the usual place', async () => {
    const file = await gridFile(await makeProxy(pki.folder, owner, 'RFC 3820'), owner)
    const link = join(pki.folder, 'link')
    await symlink(file, link)
    expect(await loadProxy({}, link, now)).toBeNull()
    if (process.geteuid?.() === 0) await chown(file, 65_534, 65_534)
    expect(await loadProxy({}, process.geteuid?.() === 0 ? file : '/etc/passwd', now)).toBeNull()
  })

  it('has not ended: one that is named is an error, and one that just lies there is passed over', async () => {
    const path = await gridFile(await makeProxy(pki.folder, owner, 'RFC 3820', past), owner)
    await expect(loadProxy({ X509_USER_PROXY: path }, '/nowhere', now)).rejects.toMatchObject({
      code: 'proxy-ended',
      message: expect.stringContaining(
        `${path} ended on ${past.until.toISOString().slice(0, 19)}Z`,
      ) as string,
    })
    expect(await loadProxy({}, path, now)).toBeNull()
  })

  it('is nobody else’s to read, and has its key', async () => {
    const file = await gridFile(await makeProxy(pki.folder, owner, 'RFC 3820'), owner)
    const open = join(pki.folder, 'open')
    await copyFile(file, open)
    await chmod(open, 0o644)
    await expect(loadProxy({ X509_USER_PROXY: open }, '/nowhere', now)).rejects.toMatchObject({
      code: 'key-exposed',
    })
    await expect(loadProxy({ X509_USER_PROXY: owner.certificate }, '/nowhere', now)).rejects.toMatchObject({
      code: 'key-missing',
    })
    const garbage = join(pki.folder, 'garbage')
    await writeFile(garbage, 'garbage')
    await expect(loadProxy({ X509_USER_PROXY: garbage }, '/nowhere', now)).rejects.toMatchObject({
      code: 'certificate-unreadable',
    })
    await expect(loadProxy({ X509_USER_PROXY: '/nowhere/x' }, '/nowhere', now)).rejects.toMatchObject({
      code: 'signing-file-unreadable',
    })
  })
})
