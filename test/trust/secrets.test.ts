import { createPrivateKey } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openssl, type Identity, type KeyKind } from '../../scripts/pki.ts'
import { loadEndorser, loadSigner } from '../../src/trust/signer.ts'
import { makePkcs12 } from '../support/pkcs12.ts'
import { makePki, type Pki } from '../support/pki.ts'

const PASSPHRASE = 'correct horse battery'
const WRONG = 'another wrong secret'

let pki: Pki
let owner: Identity
beforeAll(async () => {
  pki = await makePki()
  owner = await pki.endorser('owner')
})
afterAll(() => pki.remove())

/** What a secret may look like: the bytes as text, in hexadecimal, and in base64 at any alignment. */
function shapesOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((skipped) => {
    const text = bytes.subarray(skipped).toString('base64')
    return text.slice(0, text.length - 4)
  })
  return [...base64, bytes.toString('hex'), bytes.toString('latin1')]
}

/** Runs of twelve bytes, from everywhere in a secret. */
const piecesOf = (secret: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.max(1, secret.length - 11) }, (_, at) => secret.subarray(at, at + 12))

/** Everything that anybody could print of an error, and of what it came from. */
const tell = (error: unknown): string =>
  [
    inspect(error, { depth: 9, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    JSON.stringify(error),
    error instanceof Error ? `${error.message}\n${error.stack ?? ''}\n${tell(error.cause)}` : String(error),
  ].join('\n')

/** The numbers that a key is secret by. */
function secretsOf(pem: string): Uint8Array[] {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' })
  const numbers = [jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].filter((one) => one !== undefined)
  return numbers.map((number) => Buffer.from(number, 'base64url'))
}

interface Material {
  readonly form: string
  readonly bytes: Buffer
  /** What must not be told: pieces of the key itself, and of the file. */
  readonly forbidden: readonly string[]
}

async function materials(kind: KeyKind): Promise<Material[]> {
  const identity = await pki.endorser(kind, kind)
  const plain = await readFile(identity.key, 'utf8')
  const out = ['-in', identity.key, '-passout', `pass:${PASSPHRASE}`]
  const traditional = kind === 'rsa' ? ['rsa', '-traditional'] : ['ec']
  const texts: [string, string][] = [
    ['PKCS#8', plain],
    ['traditional', await openssl(pki.folder, ...traditional, '-in', identity.key)],
    ['PKCS#8, encrypted', await openssl(pki.folder, 'pkcs8', '-topk8', ...out)],
    ['Proc-Type', await openssl(pki.folder, ...traditional, '-aes256', ...out)],
  ]
  const files = await Promise.all(
    [[], ['-legacy']].map(async (options) => readFile(await makePkcs12(pki, identity, PASSPHRASE, options))),
  )
  const secrets = [...secretsOf(plain), Buffer.from(PASSPHRASE), Buffer.from(WRONG)].flatMap(piecesOf)
  const forbidden = secrets.flatMap(shapesOf)
  return [
    ...texts.map(([form, text]) => ({
      form,
      bytes: Buffer.from(text),
      // The armour's own lines, in pieces.
      forbidden: [
        ...forbidden,
        ...text
          .split('\n')
          .filter((line) => /^[\w+/=]{16,}$/.test(line))
          .map((line) => line.slice(0, 16)),
      ],
    })),
    ...files.map((bytes, index) => ({ form: `PKCS#12, ${index}`, bytes, forbidden })),
  ]
}

/** Ways to break a file. */
const broken = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.constant(bytes),
    fc.nat({ max: bytes.length - 1 }).map((length) => bytes.subarray(0, length)),
    fc.nat({ max: bytes.length - 1 }).map((from) => bytes.subarray(from)),
    fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ by
      return changed
    }),
    fc
      .tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 200 }))
      .map(([from, length]) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)])),
    fc.constant(Buffer.from(bytes.toString('base64'))),
    fc.constant(Buffer.from(`Bag Attributes\n${bytes.toString('latin1')}`, 'latin1')),
  )

it.each<KeyKind>(['p256', 'rsa'])(
  'no error tells a key, a passphrase or a PEM, however broken: %s',
  { timeout: 120_000 },
  async (kind) => {
    const all = await materials(kind)
    const path = join(pki.folder, `${kind}.broken`)
    const codes = new Map<string, number>()
    for (const { form, bytes, forbidden } of all) {
      const wanted = [...new Set(forbidden)].filter((piece) => piece.length >= 8)
      for (const attempt of fc.sample(broken(bytes), 40)) {
        await writeFile(path, attempt)
        await chmod(path, 0o600)
        const text = attempt.toString('latin1').replaceAll('\0', '')
        for (const passphrase of [PASSPHRASE, WRONG]) {
          const given = { VMCAST_X509_PASSPHRASE: passphrase }
          for (const env of [
            { VMCAST_X509_CERT: owner.certificate, VMCAST_X509_KEY: path, ...given },
            { VMCAST_X509_CERT: path, ...given },
            { VMCAST_X509_CERT: owner.certificate, VMCAST_X509_KEY: text, ...given },
            { VMCAST_X509_CERT: text, ...given },
          ])
            for (const load of [loadSigner, loadEndorser]) {
              const error: unknown = await load({ certificate: null, key: null }, env, '/nowhere', () =>
                Promise.reject(new Error('nobody is asked')),
              ).then(
                () => null,
                (thrown: unknown) => thrown,
              )
              if (error === null) continue
              const told = tell(error)
              expect(told).toMatch(/VmcastError: /)
              expect(
                wanted.filter((piece) => told.includes(piece)),
                `${form}: ${told.slice(0, 200)}`,
              ).toEqual([])
              const code = /code: '([\w-]+)'/.exec(told)?.[1] ?? ''
              codes.set(code, (codes.get(code) ?? 0) + 1)
            }
        }
      }
    }
    // Every way to fail has been seen.
    expect([...codes.keys()]).toEqual(
      expect.arrayContaining([
        'certificate-unreadable',
        'key-mismatch',
        'key-unopened',
        'key-unreadable',
        'passphrase-wrong',
        'pkcs12-unreadable',
        'signing-variable-unreadable',
      ]),
    )
  },
)
