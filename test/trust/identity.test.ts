import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  openssl,
  type Identity,
} from '../../scripts/pki.ts'
import { loadEndorser, loadSigner } from '../../src/trust/signer.ts'
import { makePkcs12 } from '../support/pkcs12.ts'
import { makePki, type Pki } from '../support/pki.ts'

const PASSPHRASE = 'correct horse'
const OPEN = { VMCAST_X509_PASSPHRASE: PASSPHRASE }
const never = () => Promise.reject(new Error('nobody is there to be asked'))

let pki: Pki
let upper: Identity
let one: Identity
let two: Identity
beforeAll(async () => {
  pki = await makePki()
  const middle = { kind: 'p256', extensions: AUTHORITY_EXTENSIONS } as const
  const lower = await issue(pki.folder, 'lower', pki.ca, { ...middle, subject: '/CN=Lower CA' })
  upper = await issue(pki.folder, 'upper', lower, { ...middle, subject: '/CN=Upper CA' })
  one = await issue(pki.folder, 'one', upper, {
    subject: '/CN=Owen Synge',
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
  })
  two = await pki.endorser('two')
})
afterAll(() => pki.remove())

let count = 0
async function save(bytes: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(pki.folder, `file-${count++}`)
  await writeFile(path, bytes)
  await chmod(path, mode)
  return path
}
const read = (path: string) => readFile(path, 'utf8')
const sign = (certificate: string | null, key: string | null = null, env = {}, home = '/nowhere') =>
  loadSigner({ certificate, key }, env, home, never)

describe('one file', () => {
  it('may hold certificate, key and chain in any order', async () => {
    const blocks = await Promise.all(
      [
        one.certificate,
        one.key,
        upper.certificate,
        join(pki.folder, 'lower.cert.pem'),
        pki.ca.certificate,
      ].map(read),
    )
    for (const order of [blocks, [...blocks].reverse(), [2, 0, 3, 4, 1].map((index) => blocks[index])]) {
      const path = await save(`any words\n${order.join('more words\r\n')}`)
      const { dn, chain } = await sign(path)
      expect(dn).toBe('/CN=Owen Synge')
      // The way up, as TLS wants it.
      expect(chain.map((each) => each.dn)).toEqual([
        '/CN=Upper CA',
        '/CN=Lower CA',
        '/DC=org/DC=example/CN=Example CA',
      ])
      expect((await loadEndorser({ certificate: path, key: null }, {}, '/nowhere', never)).dn).toBe(dn)
    }
  })

  it('of several people is the key’s owner’s', async () => {
    const both = (await read(two.certificate)) + (await read(one.certificate))
    const own = await save(both + (await read(one.key)))
    expect((await sign(own)).dn).toBe('/CN=Owen Synge')
    const apart = await save(both)
    for (const { key, certificate } of [one, two]) {
      const { dn, chain } = await sign(apart, key)
      expect({ dn }).toEqual(
        await loadEndorser({ certificate, key: null }, {}, '/nowhere', never).then(({ dn }) => ({ dn })),
      )
      expect(chain).toEqual([])
    }
    await expect(
      loadEndorser({ certificate: apart, key: null }, {}, '/nowhere', never),
    ).rejects.toMatchObject({
      code: 'key-missing',
    })
    const stranger = await pki.endorser('stranger')
    await expect(sign(apart, stranger.key)).rejects.toMatchObject({ code: 'key-mismatch' })
  })

  it('with a certificate and its renewal is the newer one', async () => {
    const usual = { subject: '/CN=Owen Synge', key: one.key, extensions: ENDORSER_EXTENSIONS }
    const until = new Date(Math.floor(Date.now() / 1000 + 3 * 365 * 86_400) * 1000)
    const newer = await issue(pki.folder, 'newer', upper, { ...usual, until })
    const [old, renewed] = await Promise.all([read(one.certificate), read(newer.certificate)])
    for (const text of [old + renewed, renewed + old])
      expect((await sign(await save(text), one.key)).notAfter).toEqual(until)
  })

  it('may hold several keys, and needs only one that fits', async () => {
    const keys = (await read(two.key)) + (await read(one.key))
    expect((await sign(one.certificate, await save(keys))).dn).toBe('/CN=Owen Synge')
  })

  it('with a certificate whose key somebody names elsewhere gives way to that', async () => {
    const path = await save((await read(one.certificate)) + (await read(two.key)))
    expect((await sign(path, one.key)).dn).toBe('/CN=Owen Synge')
    expect((await sign(path, null, { VMCAST_X509_KEY: await read(one.key) })).dn).toBe('/CN=Owen Synge')
    await expect(sign(path)).rejects.toMatchObject({ code: 'key-mismatch' })
  })

  it.each([0o644, 0o640, 0o602])(
    'with a key in it and mode %o is refused, and the certificate alone is not',
    async (mode) => {
      const text = (await read(one.certificate)) + (await read(one.key))
      const exposed = {
        code: 'key-exposed',
        remedy: expect.stringMatching(/^Run `chmod 600 \/\S+`/) as string,
      }
      for (const bytes of [text, await readFile(await makePkcs12(pki, one, PASSPHRASE))]) {
        const path = await save(bytes, mode)
        await expect(sign(path, null, OPEN)).rejects.toMatchObject(exposed)
        await expect(
          loadEndorser({ certificate: path, key: null }, OPEN, '/nowhere', never),
        ).rejects.toMatchObject(exposed)
      }
      expect((await sign(await save(await read(one.certificate), mode), one.key)).dn).toBe('/CN=Owen Synge')
    },
  )
})

describe('PKCS#12', () => {
  it('holds the key of a certificate that is committed: then a plan needs no passphrase', async () => {
    const key = await makePkcs12(pki, one, PASSPHRASE)
    expect((await sign(one.certificate, key, OPEN)).dn).toBe('/CN=Owen Synge')
    expect((await sign(one.certificate, null, { ...OPEN, VMCAST_X509_KEY: key })).dn).toBe('/CN=Owen Synge')
    const signing = { certificate: one.certificate, key }
    expect((await loadEndorser(signing, {}, '/nowhere', never)).dn).toBe('/CN=Owen Synge')
  })

  it('named twice is opened once', async () => {
    const path = await makePkcs12(pki, one, PASSPHRASE)
    let asked = 0
    const ask = () => Promise.resolve(asked++ === 0 ? PASSPHRASE : 'wrong')
    expect((await loadSigner({ certificate: path, key: path }, {}, '/nowhere', ask)).dn).toBe(
      '/CN=Owen Synge',
    )
  })

  it('in ~/.globus is the last resort, where usercert.pem is missing', async () => {
    const home = join(pki.folder, 'home')
    await mkdir(join(home, '.globus'), { recursive: true })
    const [credential, certificate, key] = ['usercred.p12', 'usercert.pem', 'userkey.pem'].map((name) =>
      join(home, '.globus', name),
    )
    if (!credential || !certificate || !key) throw new Error('three were named')
    await expect(sign(null, null, OPEN, home)).rejects.toMatchObject({ code: 'certificate-missing' })
    await copyFile(await makePkcs12(pki, one, PASSPHRASE), credential)
    expect((await sign(null, null, OPEN, home)).dn).toBe('/CN=Owen Synge')
    // A key that lies there from another time belongs to no certificate.
    await copyFile(two.key, key)
    expect((await sign(null, null, OPEN, home)).dn).toBe('/CN=Owen Synge')
    await copyFile(two.certificate, certificate)
    expect((await sign(null, null, OPEN, home)).dn).toContain('Owen Synge two')
    expect((await sign(one.certificate, one.key, OPEN, home)).dn).toBe('/CN=Owen Synge')
  })

  it('without a MAC is refused: nothing shows that it is as it was', async () => {
    const path = await makePkcs12(pki, one, PASSPHRASE, ['-nomac'])
    await expect(sign(path, null, OPEN)).rejects.toMatchObject({
      code: 'pkcs12-unreadable',
      message:
        'signing.certificate is a PKCS#12 file that cannot be used: it has no MAC, which would show that nobody changed it.',
    })
  })

  it('in an encryption that is not known says so', async () => {
    const path = await makePkcs12(pki, one, PASSPHRASE, ['-legacy', '-keypbe', 'PBE-SHA1-RC4-128'])
    await expect(sign(path, null, OPEN)).rejects.toMatchObject({
      message: expect.stringContaining('its encryption (1.2.840.113549.1.12.1.1) is not known') as string,
    })
  })

  it('that is damaged anywhere is told from a wrong passphrase where that can be', async () => {
    const bytes = await readFile(await makePkcs12(pki, one, PASSPHRASE))
    const reasons = new Set<string>()
    // The first bytes make it PKCS#12; of the others, each seventh is changed in turn.
    for (let at = 9; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x41
      const error: unknown = await sign(await save(damaged), null, OPEN).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'pkcs12-unreadable' })
      reasons.add(String(error).replace(/^.*cannot be used: |\(.*\)/g, ''))
    }
    expect(reasons).toContain('it is damaged.')
    for (const length of [10, 100, bytes.length - 1])
      await expect(sign(await save(bytes.subarray(0, length)), null, OPEN)).rejects.toMatchObject({
        code: 'pkcs12-unreadable',
        message: expect.stringContaining('it is damaged') as string,
      })
  })

  it('that holds only certificates has no key', async () => {
    const path = join(pki.folder, 'public.p12')
    await openssl(
      pki.folder,
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      one.certificate,
      '-out',
      path,
      '-passout',
      `pass:${PASSPHRASE}`,
    )
    await chmod(path, 0o600)
    await expect(sign(path, null, OPEN)).rejects.toMatchObject({ code: 'key-missing' })
    expect((await sign(path, one.key, OPEN)).dn).toBe('/CN=Owen Synge')
  })
})

describe('a key that is damaged', () => {
  const change = (pem: string, line: number) =>
    pem
      .split('\n')
      .map((text, index) => (index === line ? text.replace(/^.{6}/, 'AAAAAA') : text))
      .join('\n')

  it('shows before it signs: its public half may still be right', async () => {
    const rsa = await pki.endorser('rsa', 'rsa')
    // Of an RSA key, OpenSSL gets by with either of two halves.
    const key = change(change(await read(rsa.key), 9), 18)
    await expect(sign(rsa.certificate, await save(key))).rejects.toMatchObject({ code: 'key-damaged' })
  })

  it('and encrypted is not said to have a wrong passphrase', async () => {
    const locked = await openssl(
      pki.folder,
      'pkcs8',
      '-topk8',
      '-in',
      one.key,
      '-passout',
      `pass:${PASSPHRASE}`,
    )
    for (const text of [change(locked, 1), locked.replace(/\n.*\n(?=-----END)/, '\n')])
      await expect(sign(one.certificate, await save(text), OPEN)).rejects.toMatchObject({
        code: 'key-unopened',
      })
  })

  it('or in a cipher that OpenSSL has given up is told how to mend', async () => {
    const old = ['-provider', 'legacy', '-provider', 'default', '-v1', 'PBE-MD5-DES']
    const locked = await openssl(
      pki.folder,
      'pkcs8',
      '-topk8',
      '-in',
      one.key,
      '-passout',
      `pass:${PASSPHRASE}`,
      ...old,
    )
    await expect(sign(one.certificate, await save(locked), OPEN)).rejects.toMatchObject({
      code: 'key-cipher',
      remedy: expect.stringContaining('-provider legacy') as string,
    })
  })
})
