import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AUTHORITY_EXTENSIONS,
  ENDORSER_EXTENSIONS,
  issue,
  makeCrl,
  makeTrustFolder,
  type Wish,
} from '../../scripts/pki.ts'
import { loadAnchors } from '../../src/trust/anchors.ts'
import { readCertificates } from '../../src/trust/certificate.ts'
import { examineSigner, judgeSigner } from '../../src/trust/judge.ts'
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
    ['Ed25519', { kind: 'ed25519' }, 'its key is neither RSA of up to 8192 bits nor EC P-256 or P-384'],
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

  it('each reason has its own remedy', async () => {
    const signer = await signerWith('both', {
      from: new Date(Date.now() - 20 * DAY),
      until: new Date(Date.now() - DAY),
      extensions: ['extendedKeyUsage = serverAuth'],
    })
    expect(examineSigner(signer, pki.anchors, now).faults).toEqual([
      {
        code: 'certificate-ended',
        message: expect.stringContaining('both ended on') as string,
        remedy: expect.stringContaining('Renew the certificate') as string,
      },
      {
        code: 'purpose-extended',
        message: expect.stringContaining('unsuitable certificate purpose') as string,
        remedy: expect.stringContaining('Sign with a personal certificate') as string,
      },
    ])
    expect(() => judgeSigner(signer, pki.anchors, now)).toThrow(
      expect.objectContaining({
        code: 'signer-refused',
        remedy: expect.stringMatching(
          /^Renew the certificate.*\. Sign with a personal certificate/,
        ) as string,
      }),
    )
  })

  it('refuses one whose chain ends before the list does', async () => {
    const signer = await signerWith('short-lived', { until: new Date(now.getTime() + 10 * DAY) })
    const { notAfter } = signer.certificate
    expect(judgeSigner(signer, pki.anchors, now, notAfter)).toEqual([])
    expect(() => judgeSigner(signer, pki.anchors, now, new Date(notAfter.getTime() + 1000))).toThrow(
      /short-lived ends on .*, before the list does on /,
    )
    const middle = await issue(pki.folder, 'middle', pki.ca, {
      subject: '/CN=Middle',
      kind: 'p256',
      extensions: AUTHORITY_EXTENSIONS,
      until: new Date(now.getTime() + 5 * DAY),
    })
    const below = await signerOf(
      await issue(pki.folder, 'below', middle, {
        subject: dn('below'),
        kind: 'p256',
        extensions: ENDORSER_EXTENSIONS,
      }),
    )
    const chain = readCertificates(await readFile(middle.certificate), 'middle')
    const until = new Date(now.getTime() + 6 * DAY)
    expect(() => judgeSigner({ ...below, chain }, pki.anchors, now, until)).toThrow(
      /the certificate \/CN=Middle ends on .*, before the list does on /,
    )
  })

  it('refuses one that rests on SHA-1 or a short key anywhere below, or in, its root', async () => {
    for (const [name, wish] of [
      ['SHA-1', { digest: 'sha1' }],
      ['short', { kind: 'rsa-1024' }],
    ] as const) {
      const middle = await issue(pki.folder, `middle-${name}`, pki.ca, {
        subject: `/CN=Middle ${name}`,
        kind: 'p256',
        extensions: AUTHORITY_EXTENSIONS,
        ...wish,
      })
      const usual = { subject: dn(name), kind: 'p256', extensions: ENDORSER_EXTENSIONS } as const
      const below = await signerOf(await issue(pki.folder, `below-${name}`, middle, usual))
      const chain = readCertificates(await readFile(middle.certificate), 'middle')
      expect(() => judgeSigner({ ...below, chain }, pki.anchors, now)).toThrow(
        name === 'SHA-1'
          ? 'the certificate /CN=Middle SHA-1 is signed with SHA-1'
          : 'the key of /CN=Middle short is weaker',
      )
    }
  })

  it('refuses one that its CA has revoked, and warns where nobody can say', async () => {
    const identity = await pki.endorser('withdrawn')
    const { serialNumber: serial } = (await signerOf(identity)).certificate.x509
    const crl = await makeCrl(pki.folder, 'withdrawing', pki.ca, { revoked: [{ serial, on: now }] })
    const revoking = await loadAnchors(await makeTrustFolder(`${pki.folder}/revoking`, [pki.ca], [crl]))
    const signer = await signerOf(identity)
    expect(() => judgeSigner(signer, revoking, now)).toThrow(/was revoked on/)
    const silent = await makeTrustFolder(`${pki.folder}/silent`, [pki.ca])
    expect(judgeSigner(signer, await loadAnchors(silent), now)).toEqual([
      expect.stringMatching(/^nobody can say .* there is no revocation list of \/DC=org.*\.$/),
    ])
    const strict = await loadAnchors(silent, 'require')
    expect(() => judgeSigner(signer, strict, now)).toThrow('there is no revocation list of')
  })
})
