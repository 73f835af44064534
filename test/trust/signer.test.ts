import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openssl, type Identity } from '../../scripts/pki.ts'
import { sign } from '../../src/list/smime.ts'
import { loadEndorser, loadSigner } from '../../src/trust/signer.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'

const NOTHING = { certificate: null, key: null }
const PASSPHRASE = 'correct horse battery'
const dn = (name: string) => `/DC=org/DC=example/OU=People/CN=Owen Synge ${name}`
const never = () => Promise.reject(new Error('nobody is there to be asked'))

let pki: Pki
let home: string
let one: Identity
let two: Identity
beforeAll(async () => {
  pki = await makePki()
  one = await pki.endorser('one')
  two = await pki.endorser('two')
  home = join(pki.folder, 'home')
  await mkdir(join(home, '.globus'), { recursive: true })
  const globus = await pki.endorser('globus')
  await writeFile(join(home, '.globus', 'usercert.pem'), await readFile(globus.certificate))
  await writeFile(join(home, '.globus', 'userkey.pem'), await readFile(globus.key), { mode: 0o600 })
})
afterAll(() => pki.remove())

describe('where certificate and key come from', () => {
  const load = (signing: { certificate: string | null; key: string | null }, env: Record<string, string>) =>
    loadSigner(signing, env, home, never)

  it('the environment beats vmcast.yaml, which beats vmcaster’s, then the grid’s, then ~/.globus', async () => {
    const names = ['vmcast', 'vmcaster', 'grid'] as const
    const [vmcast, vmcaster, grid] = await Promise.all(names.map((name) => pki.endorser(name)))
    if (!vmcast || !vmcaster || !grid) throw new Error('three were made')
    const variables = (prefix: string, { certificate, key }: Identity) => ({
      [`${prefix}_CERT`]: certificate,
      [`${prefix}_KEY`]: key,
    })
    const low = variables('X509_USER', grid)
    const middle = { ...low, ...variables('VMCASTER_X509', vmcaster) }
    const high = { ...middle, ...variables('VMCAST_X509', vmcast) }
    for (const [signing, env, expected] of [
      [one, high, 'vmcast'],
      [one, middle, 'one'],
      [NOTHING, middle, 'vmcaster'],
      [NOTHING, low, 'grid'],
      [NOTHING, {}, 'globus'],
    ] as const) {
      expect((await load(signing, env)).dn).toBe(dn(expected))
      expect(await loadEndorser(signing, env, home, never)).toMatchObject({ dn: dn(expected) })
    }
  })

  it('a committed certificate takes the key of a CI secret', async () => {
    const secret = { VMCAST_X509_KEY: await readFile(one.key, 'utf8') }
    const signer = await load({ certificate: one.certificate, key: null }, secret)
    expect(signer.dn).toBe(dn('one'))
    expect(await load({ certificate: one.certificate, key: '/nonexistent' }, secret)).toMatchObject({
      dn: dn('one'),
    })
  })

  it('a certificate never takes a key from below it', async () => {
    const env = { VMCAST_X509_CERT: two.certificate }
    await expect(load({ certificate: one.certificate, key: two.key }, env)).rejects.toMatchObject({
      code: 'key-missing',
      message: 'The certificate is given by VMCAST_X509_CERT, but its private key is not.',
      remedy: 'Give the key as VMCAST_X509_KEY.',
    })
    await expect(load({ certificate: one.certificate, key: null }, {})).rejects.toMatchObject({
      remedy: 'Give the key as signing.key or VMCAST_X509_KEY.',
    })
  })

  it('a value that begins with -----BEGIN is the PEM itself', async () => {
    const env = {
      VMCAST_X509_CERT: await readFile(one.certificate, 'utf8'),
      VMCAST_X509_KEY: await readFile(one.key, 'utf8'),
    }
    expect((await load(NOTHING, env)).dn).toBe(dn('one'))
  })

  it('what else is in the certificate’s file goes with it', async () => {
    const path = join(pki.folder, 'bundle.pem')
    await writeFile(
      path,
      (await readFile(one.certificate, 'utf8')) + (await readFile(pki.ca.certificate, 'utf8')),
    )
    const { chain } = await load({ certificate: path, key: one.key }, {})
    expect(chain.map((certificate) => certificate.dn)).toEqual(['/DC=org/DC=example/CN=Example CA'])
  })

  it('the key must be the certificate’s', async () => {
    await expect(load({ certificate: one.certificate, key: two.key }, {})).rejects.toMatchObject({
      code: 'key-mismatch',
      message: 'The private key (signing.key) does not belong to the certificate (signing.certificate).',
    })
  })

  it('nothing anywhere: says where it looked', async () => {
    await expect(loadEndorser(NOTHING, {}, '/nonexistent', never)).rejects.toMatchObject({
      code: 'certificate-missing',
      message: expect.stringContaining('none lies in ~/.globus.') as string,
      remedy: expect.stringContaining('VMCAST_X509_CERT or signing.certificate or') as string,
    })
    await expect(
      loadEndorser({ certificate: '/no/cert.pem', key: null }, {}, home, never),
    ).rejects.toMatchObject({
      code: 'signing-file-unreadable',
    })
  })
})

describe('private keys', () => {
  it('that the environment gives in another form than asked for are not shown', async () => {
    const pem = await readFile(one.key, 'utf8')
    for (const value of [`Bag Attributes\n${pem}`, Buffer.from(pem).toString('base64')]) {
      const attempt = loadSigner(
        { certificate: one.certificate, key: null },
        { VMCAST_X509_KEY: value },
        home,
        never,
      )
      const error: unknown = await attempt.catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'signing-variable-unreadable',
        remedy: expect.stringContaining('it begins with -----BEGIN, and has its line breaks') as string,
      })
      expect(String(error)).toContain('VMCAST_X509_KEY holds no PEM')
      expect(String(error)).not.toContain(value.slice(-40))
    }
  })

  it.each(['', ' ', '\\n'])(
    'that lost their line breaks to %j are told so, and not shown',
    async (instead) => {
      const pem = await readFile(one.key, 'utf8')
      const value = pem.trim().replaceAll('\n', instead)
      const signing = { certificate: one.certificate, key: null }
      const error: unknown = await loadSigner(signing, { VMCAST_X509_KEY: value }, home, never).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({
        code: 'key-unreadable',
        message: 'VMCAST_X509_KEY holds no readable private key.',
        remedy: expect.stringContaining('with its line breaks') as string,
      })
      expect(tell(error)).not.toContain(pem.split('\n')[1]?.slice(0, 20))
    },
  )

  it.each([
    ['PKCS#8', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc']],
    ['traditional', ['ec', '-aes256']],
  ])('encrypted as %s: the passphrase comes from the environment, or is asked for', async (name, command) => {
    const key = join(pki.folder, `${name}.pem`)
    await openssl(pki.folder, ...command, '-in', one.key, '-out', key, '-passout', `pass:${PASSPHRASE}`)
    await chmod(key, 0o600)
    const signing = { certificate: one.certificate, key }
    const environment = { VMCAST_X509_PASSPHRASE: PASSPHRASE }
    expect((await loadSigner(signing, environment, home, never)).dn).toBe(dn('one'))
    expect((await loadSigner(signing, {}, home, () => Promise.resolve(PASSPHRASE))).dn).toBe(dn('one'))
    await expect(loadSigner(signing, {}, home, never)).rejects.toThrow('nobody is there')
    await expect(loadSigner(signing, { VMCAST_X509_PASSPHRASE: 'wrong' }, home, never)).rejects.toMatchObject(
      {
        code: 'passphrase-wrong',
      },
    )
  })

  it.each([0o640, 0o604, 0o620])('a key file of mode %o is refused before it is read', async (mode) => {
    const key = join(pki.folder, `mode-${mode}.pem`)
    await writeFile(key, 'not even a key')
    await chmod(key, mode)
    await expect(loadSigner({ certificate: one.certificate, key }, {}, home, never)).rejects.toMatchObject({
      code: 'key-exposed',
      remedy: expect.stringContaining(`chmod 600 ${key}`) as string,
    })
  })

  it('what is no file of a sane size is neither key nor certificate, and is not waited for', async () => {
    const [pipe, large] = [join(pki.folder, 'pipe'), join(pki.folder, 'large')]
    execFileSync('mkfifo', ['-m', '600', pipe])
    await writeFile(large, '', { mode: 0o600 })
    await truncate(large, 1024 ** 4)
    for (const path of [pki.folder, pipe, large, '/dev/zero']) {
      const unreadable = { code: 'signing-file-unreadable' }
      const key = { certificate: one.certificate, key: path }
      await expect(loadSigner(key, {}, home, never)).rejects.toMatchObject(unreadable)
      const certificate = { certificate: path, key: one.key }
      await expect(loadEndorser(certificate, {}, home, never)).rejects.toMatchObject(unreadable)
    }
  })

  it('no error gives a secret away', async () => {
    const pem = await readFile(two.key, 'utf8')
    const secret = pem.split('\n')[1] ?? ''
    const encrypted = await openssl(
      pki.folder,
      'pkcs8',
      '-topk8',
      '-in',
      two.key,
      '-passout',
      `pass:${PASSPHRASE}`,
    )
    const certificate = await readFile(one.certificate, 'utf8')
    const attempts = [
      { VMCAST_X509_KEY: pem },
      { VMCAST_X509_KEY: pem.replace(secret, `${secret.slice(0, -4)}!!!!`) },
      { VMCAST_X509_KEY: encrypted, VMCAST_X509_PASSPHRASE: 'wrong secret' },
      { VMCAST_X509_KEY: encrypted, VMCAST_X509_PASSPHRASE: PASSPHRASE },
    ]
    for (const env of attempts) {
      const error: unknown = await loadSigner(
        NOTHING,
        { VMCAST_X509_CERT: certificate, ...env },
        home,
        never,
      ).catch((thrown: unknown) => thrown)
      const told = tell(error)
      expect(told).toMatch(/key-mismatch|key-unreadable|passphrase-wrong/)
      for (const hidden of [secret.slice(0, 20), 'wrong secret', PASSPHRASE, encrypted.split('\n')[1] ?? ''])
        expect(told).not.toContain(hidden)
    }
  })
})

/** Everything that an error could print, its causes included. */
const tell = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.stack, JSON.stringify(error), tell(error.cause)].join('\n')
    : String(error)

it('a signer that is loaded can sign', async () => {
  expect((await sign('{}', await signerOf(two), new Date())).length).toBeGreaterThan(1000)
})
