import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENDORSER_EXTENSIONS, issue, openssl, type Identity, type KeyKind } from '../../scripts/pki.ts'
import type { VmcastError } from '../../src/errors.ts'
import { judgeSigner } from '../../src/trust/judge.ts'
import { loadEndorser, loadSigner, type Signer } from '../../src/trust/signer.ts'
import { makePkcs12 } from '../support/pkcs12.ts'
import { makePki, type Pki } from '../support/pki.ts'

const PASSPHRASE = 'corr\u00e8ct horse \u65e5'
const OUT = ['-passout', `pass:${PASSPHRASE}`]
const ALGORITHMS = ['rsa', 'p256', 'p384'] as const

let pki: Pki
const endorsers = new Map<KeyKind, Identity>()
let count = 0
beforeAll(async () => {
  pki = await makePki()
  for (const kind of ALGORITHMS) endorsers.set(kind, await pki.endorser(kind, kind))
})
afterAll(() => pki.remove())

function endorserOf(kind: KeyKind): Identity {
  const found = endorsers.get(kind)
  if (!found) throw new Error(`nobody has a key of the kind ${kind}`)
  return found
}

const newFile = (ending: string) => join(pki.folder, `${count++}.${ending}`)
const never = () => Promise.reject(new Error('nobody is there to be asked'))
const typed = () => Promise.resolve(PASSPHRASE)

async function save(text: string, mode = 0o600): Promise<string> {
  const path = newFile('pem')
  await writeFile(path, text, { mode })
  return path
}

const readAll = async (...paths: string[]): Promise<string> =>
  (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n')

/** Lets the openssl program judge what the signer signed. */
async function proves({ sign }: Signer, { certificate }: Identity): Promise<void> {
  const [text, signature, key] = [newFile('txt'), newFile('sig'), newFile('pub')]
  await writeFile(text, 'signed')
  await writeFile(signature, await sign(Buffer.from('signed')))
  await writeFile(key, await openssl(pki.folder, 'x509', '-in', certificate, '-noout', '-pubkey'))
  expect(await openssl(pki.folder, 'dgst', '-sha256', '-verify', key, '-signature', signature, text)).toBe(
    'Verified OK',
  )
}

const fails = (attempt: Promise<unknown>): Promise<VmcastError> =>
  attempt.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as VmcastError,
  )

/** Forms of a private key: what it begins with, and the openssl commands that write it. */
const traditional = (kind: KeyKind) => (kind === 'rsa' ? ['rsa', '-traditional'] : ['ec'])
const KEY_FORMS: Record<string, { begins: RegExp; make: (kind: KeyKind) => string[]; locked: boolean }> = {
  'PKCS#8': { begins: /^-----BEGIN PRIVATE/, make: () => ['pkcs8', '-topk8', '-nocrypt'], locked: false },
  'PKCS#1 or SEC1': { begins: /^-----BEGIN (RSA|EC) PRIVATE/, make: traditional, locked: false },
  'PKCS#8, PBES2 with AES': {
    begins: /^-----BEGIN ENCRYPTED PRIVATE/,
    make: () => ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512', ...OUT],
    locked: true,
  },
  'PKCS#8, PBES2 with 3DES': {
    begins: /^-----BEGIN ENCRYPTED PRIVATE/,
    make: () => ['pkcs8', '-topk8', '-v2', 'des3', ...OUT],
    locked: true,
  },
  'PKCS#8, scrypt': {
    begins: /^-----BEGIN ENCRYPTED PRIVATE/,
    make: () => ['pkcs8', '-topk8', '-scrypt', ...OUT],
    locked: true,
  },
  'PKCS#8, PBES1 with 3DES': {
    begins: /^-----BEGIN ENCRYPTED PRIVATE/,
    make: () => ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', ...OUT],
    locked: true,
  },
  'Proc-Type, AES': {
    begins: /^-----BEGIN (RSA|EC) PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC/,
    make: (kind) => [...traditional(kind), '-aes256', ...OUT],
    locked: true,
  },
  'Proc-Type, 3DES': {
    begins: /^-----BEGIN (RSA|EC) PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC/,
    make: (kind) => [...traditional(kind), '-des3', ...OUT],
    locked: true,
  },
}

describe.each(ALGORITHMS)('a key in PEM, %s', (kind) => {
  it.each(Object.entries(KEY_FORMS))('%s', async (_, { begins, make, locked }) => {
    const { certificate, key } = endorserOf(kind)
    const path = newFile('key')
    await openssl(pki.folder, ...make(kind), '-in', key, '-out', path)
    await chmod(path, 0o600)
    const text = await readFile(path, 'utf8')
    expect(text).toMatch(begins)
    const inFile = await loadSigner({ certificate, key: path }, {}, '/nowhere', locked ? typed : never)
    await proves(inFile, endorserOf(kind))
    const env = { VMCAST_X509_KEY: text, VMCAST_X509_PASSPHRASE: PASSPHRASE }
    const inEnvironment = await loadSigner({ certificate, key: null }, env, '/nowhere', never)
    expect(inEnvironment.key.equals(inFile.key)).toBe(true)
    const together = await save(`${text}\n${await readAll(certificate)}`)
    const inOne = await loadSigner(
      { certificate: together, key: null },
      {},
      '/nowhere',
      locked ? typed : never,
    )
    expect(inOne.key.equals(inFile.key)).toBe(true)
    // The certificate alone never needs the passphrase.
    expect(await loadEndorser({ certificate: together, key: null }, {}, '/nowhere', never)).toMatchObject({
      dn: inFile.dn,
    })
    if (!locked) return
    const wrong = { ...env, VMCAST_X509_PASSPHRASE: 'wrong' }
    const { code } = await fails(loadSigner({ certificate, key: null }, wrong, '/nowhere', never))
    // One wrong passphrase in 256 lets the padding look right.
    expect(['passphrase-wrong', 'key-unopened']).toContain(code)
  })
})

/** Ways to write PKCS#12: options of `openssl pkcs12 -export`. */
const PKCS12_FORMS: Record<string, readonly string[]> = {
  'PBES2 with AES': [],
  'PBES1 with 3DES and RC2-40': ['-legacy'],
  'PBES1 with 3DES for both': ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
  'PBES1 with RC2-128 and two-key 3DES': [
    '-legacy',
    '-keypbe',
    'PBE-SHA1-RC2-128',
    '-certpbe',
    'PBE-SHA1-2DES',
  ],
  'PBES2 with AES-128, one round, SHA-512': [
    ...['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc', '-macalg', 'sha512', '-iter', '1', '-nomaciter'],
  ],
  'PBES2 with 3DES, SHA-384': ['-keypbe', 'des-ede3-cbc', '-certpbe', 'des-ede3-cbc', '-macalg', 'sha384'],
  'nothing encrypted': ['-keypbe', 'NONE', '-certpbe', 'NONE'],
  'with a name and many rounds': ['-name', 'mine', '-iter', '50000'],
}

describe.each(ALGORITHMS)('PKCS#12, %s', (kind) => {
  it.each(Object.entries(PKCS12_FORMS))('%s', async (_, options) => {
    const path = await makePkcs12(pki, endorserOf(kind), PASSPHRASE, options)
    const env = { VMCAST_X509_CERT: path, VMCAST_X509_PASSPHRASE: PASSPHRASE }
    const signer = await loadSigner({ certificate: null, key: null }, env, '/nowhere', never)
    await proves(signer, endorserOf(kind))
    expect(signer.chain.map(({ dn }) => dn)).toEqual(['/DC=org/DC=example/CN=Example CA'])
    expect(judgeSigner(signer, pki.anchors, new Date()).filter((one) => !one.includes('P-384'))).toEqual([])
    const asked: string[] = []
    const ask = (what: string, variable: string) => {
      asked.push(`${what}: ${variable}`)
      return typed()
    }
    const signing = { certificate: path, key: null }
    expect(await loadEndorser(signing, {}, '/nowhere', ask)).toMatchObject({ dn: signer.dn })
    expect(asked).toEqual(['the signing certificate: VMCAST_X509_PASSPHRASE'])
    expect(
      await fails(loadSigner(signing, { VMCAST_X509_PASSPHRASE: 'wrong' }, '/nowhere', never)),
    ).toMatchObject({ code: 'passphrase-wrong' })
  })
})

describe('sizes and kinds', () => {
  /** A certificate for a key that openssl makes of these options. */
  async function withKey(name: string, ...options: string[]): Promise<Identity> {
    const key = newFile('key')
    await openssl(pki.folder, 'genpkey', ...options, '-out', key)
    return await issue(pki.folder, name, pki.ca, {
      subject: `/CN=${name}`,
      key,
      extensions: ENDORSER_EXTENSIONS,
    })
  }
  const load = (identity: Identity) => loadSigner(identity, {}, '/nowhere', never)

  it.each([
    [3072, 2],
    [4096, 2],
    // Of more primes, such a key is found in seconds.
    [8192, 5],
  ])('RSA of %i bits signs', { timeout: 120_000 }, async (bits, primes) => {
    const options = ['-pkeyopt', `rsa_keygen_bits:${bits}`, '-pkeyopt', `rsa_keygen_primes:${primes}`]
    const identity = await withKey(`rsa-${bits}`, '-algorithm', 'RSA', ...options)
    const signer = await load(identity)
    await proves(signer, identity)
    expect(judgeSigner(signer, pki.anchors, new Date())).toEqual([])
  })

  it.each([
    ['RSA of 1024 bits', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024']],
    [
      'RSA of 8200 bits',
      ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:8200', '-pkeyopt', 'rsa_keygen_primes:5'],
    ],
    ['RSA for PSS alone', ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['P-521', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521']],
    ['secp256k1', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
    ['Ed25519', ['-algorithm', 'ED25519']],
    ['Ed448', ['-algorithm', 'ED448']],
  ])('%s is refused for signing', { timeout: 120_000 }, async (name, options) => {
    const signer = await load(await withKey(name.replaceAll(' ', '-'), ...options))
    expect(() => judgeSigner(signer, pki.anchors, new Date())).toThrow(
      /its key is neither RSA of up to|is weaker than RSA of 2048 bits/,
    )
  })
})
