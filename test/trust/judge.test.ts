import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUTHORITY_EXTENSIONS, ENDORSER_EXTENSIONS, issue, type Wish } from '../../scripts/pki.ts'
import { judgeSigner } from '../../src/trust/judge.ts'
import type { Signer } from '../../src/trust/signer.ts'
import { makePki, signerOf, type Pki } from '../support/pki.ts'

const dn = (name: string) => `/DC=org/DC=example/OU=People/CN=Owen Synge ${name}`

let pki: Pki
beforeAll(async () => {
  pki = await makePki()
})
afterAll(() => pki.remove())

describe('judgeSigner', () => {
  const now = new Date()
  const DAY = 86_400_000

  async function signerWith(name: string, wish: Partial<Wish>): Promise<Signer> {
    const usual = { subject: dn(name), kind: 'p256', extensions: ENDORSER_EXTENSIONS } as const
    return signerOf(await issue(pki.folder, name, pki.ca, { ...usual, ...wish }))
  }

  it('accepts what subscribers accept; P-384 with a warning', async () => {
    expect(judgeSigner(await signerOf(await pki.endorser('one')), pki.anchors, now)).toEqual([])
    expect(judgeSigner(await signerWith('rsa', { kind: 'rsa' }), pki.anchors, now)).toEqual([])
    expect(judgeSigner(await signerWith('p384', { kind: 'p384' }), pki.anchors, now)).toEqual([
      expect.stringContaining('P-384'),
    ])
  })

  it.each<[string, Partial<Wish>, string]>([
    ['ended', { from: new Date(Date.now() - 20 * DAY), until: new Date(Date.now() - DAY) }, 'ended on'],
    ['not yet', { from: new Date(Date.now() + DAY) }, 'is only valid from'],
    ['a host’s', { extensions: ['extendedKeyUsage = serverAuth'] }, 'unsuitable certificate purpose'],
    [
      'encipherment',
      { extensions: ['keyUsage = keyEncipherment'] },
      'its keyUsage does not allow signatures',
    ],
    ['non-repudiation', { extensions: ['keyUsage = nonRepudiation'] }, 'its keyUsage lacks digitalSignature'],
    ['SHA-1', { digest: 'sha1' }, 'Owen Synge SHA-1 is signed with SHA-1'],
    ['short', { kind: 'rsa-1024' }, 'Owen Synge short is weaker than RSA of 2048 bits'],
    ['Ed25519', { kind: 'ed25519' }, 'its key is neither RSA nor EC P-256 or P-384'],
    ['proxy', { subject: '/CN=Owen Synge/CN=proxy' }, '/CN=Owen Synge/CN=proxy is a proxy certificate'],
    [
      'umlaut',
      { subject: '/CN=J\u00fcrgen', options: ['-utf8'] },
      'in different ways: it has characters outside ASCII',
    ],
    ['slash', { subject: '/CN=a\\/b' }, 'in different ways: it has a / or + inside a value'],
  ])('refuses one that is %s', async (name, wish, reason) => {
    const signer = await signerWith(name.replaceAll(/\W/g, '-'), wish)
    expect(() => judgeSigner(signer, pki.anchors, now)).toThrow(reason)
  })

  it('refuses one whose CA is not trusted, and names every reason', async () => {
    const root = await issue(pki.folder, 'root', null, {
      subject: '/CN=Other',
      extensions: AUTHORITY_EXTENSIONS,
    })
    const stranger = await signerOf(
      await issue(pki.folder, 'stranger', root, {
        subject: '/CN=x',
        extensions: ['keyUsage = keyAgreement'],
      }),
    )
    expect(() => judgeSigner(stranger, pki.anchors, now)).toThrow(
      /no trusted certificate of its CA \/CN=Other was found; its keyUsage does not allow signatures/,
    )
  })
})
