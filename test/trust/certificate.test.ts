import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issue, openssl } from '../../scripts/pki.ts'
import { readCertificates, type Certificate } from '../../src/trust/certificate.ts'
import { makePki, type Pki } from '../support/pki.ts'

let pki: Pki
beforeAll(async () => {
  pki = await makePki()
})
afterAll(() => pki.remove())

/** A self-signed certificate of this subject, and the subject as OpenSSL's one-line form prints it. */
async function certify(subject: string, ...options: string[]): Promise<[Certificate, string]> {
  const name = `dn-${Buffer.from(subject).toString('hex').slice(0, 80)}-${options.length}`
  const { certificate } = await issue(pki.folder, name, null, { subject, kind: 'p256', options })
  const shown = await openssl(
    pki.folder,
    'x509',
    '-in',
    certificate,
    '-noout',
    '-subject',
    '-nameopt',
    'compat',
  )
  const [read] = readCertificates(await readFile(certificate), certificate)
  if (!read) throw new Error('no certificate was read')
  return [read, shown.replace(/^subject=/, '')]
}

describe('names', () => {
  it.each([
    '/C=DE/O=GermanGrid/OU=DESY/CN=Owen Synge',
    '/DC=ch/DC=cern/OU=Organic Units/OU=Users/CN=osynge/CN=123456/CN=Owen Synge',
    '/C=UK/O=eScience/OU=CLRC/L=DL/CN=owen synge/emailAddress=owen@example.org',
    '/DC=org/DC=example/UID=osynge/CN=Owen Synge/serialNumber=42',
    '/C=GB/ST=Greater Manchester/L=Salford/O=Comodo CA Limited/CN=AAA Certificate Services',
    '/SN=Synge/GN=Owen/title=Dr/initials=OS/street=Notkestr. 85/postalCode=22607/description=x',
    '/name=Owen/generationQualifier=II/dnQualifier=1/pseudonym=os/businessCategory=b/organizationIdentifier=o',
    '/unstructuredName=host.example.org/CN=Robot: Owen Synge, "the" <endorser>; #1 = \\\\ (x)',
    '/CN= leading and trailing ',
  ])('%s: as OpenSSL prints it', async (subject) => {
    const [read, shown] = await certify(subject)
    expect(read.dn).toBe(shown)
    expect(read.ca).toBe(shown)
    expect(read.odd).toBeNull()
  })

  it.each([
    ['/CN=J\u00fcrgen', ['-utf8'], 'it has characters outside ASCII'],
    ['/CN=\u65e5\u672c', ['-utf8'], 'it has characters outside ASCII'],
    ['/CN=host\\/example.org', [], 'it has a / or + inside a value'],
    ['/CN=one\\+two', [], 'it has a / or + inside a value'],
    ['/O=x/CN=a+OU=b', ['-multivalue-rdn'], 'it has a multi-valued part'],
    ['/O=x/C=DE/jurisdictionC=DE', [], '1.3.6.1.4.1.311.60.2.1.3 has no short name that all agree on'],
  ])('%s: is odd', async (subject, options, reason) => {
    expect((await certify(subject, ...options))[0].odd).toBe(reason)
  })

  it('keeps the bytes outside ASCII as OpenSSL escapes them', async () => {
    const [read, shown] = await certify('/CN=J\u00fcrgen M\u00fcller', '-utf8')
    expect(read.dn).toBe(shown)
  })
})

describe('readCertificates', () => {
  it('reads PEM with text around it, several, and DER', async () => {
    const pem = await readFile(pki.ca.certificate, 'utf8')
    const [one] = readCertificates(pem, 'x')
    expect(readCertificates(`Subject: x\r\n${pem}\nand again\n${pem}`, 'x')).toEqual([one, one])
    expect(readCertificates(new X509Certificate(pem).raw, 'x')).toEqual([one])
  })

  it('knows dates, fingerprint and uses', async () => {
    const path = join(pki.folder, 'facts.cert.pem')
    const from = new Date('2026-01-01T00:00:00Z')
    const until = new Date('2027-01-01T00:00:00Z')
    await issue(pki.folder, 'facts', pki.ca, {
      subject: '/CN=Owen',
      from,
      until,
      extensions: [
        'basicConstraints = CA:TRUE, pathlen:3',
        'keyUsage = digitalSignature',
        'extendedKeyUsage = emailProtection',
      ],
    })
    const shown = await openssl(pki.folder, 'x509', '-in', path, '-noout', '-fingerprint', '-sha256')
    expect(readCertificates(await readFile(path), path)).toEqual([
      expect.objectContaining({
        notBefore: from,
        notAfter: until,
        fingerprint: shown.replace(/^.*=/, '').replaceAll(':', '').toLowerCase(),
        version: 3,
        keyUsage: 0x80,
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'],
        basicConstraints: { ca: true, pathLength: 3 },
      }),
    ])
  })

  it('finds none in other text, and refuses a damaged one', async () => {
    const pem = await readFile(pki.ca.certificate, 'utf8')
    expect(readCertificates('nothing here', 'x')).toEqual([])
    for (const damaged of [pem.replace('MII', 'AAA'), pem.replace(/\n.{64}\n/, '\n')]) {
      expect(() => readCertificates(damaged, 'cert.pem')).toThrow(
        'cert.pem holds no readable X.509 certificate.',
      )
    }
    expect(() => readCertificates(Buffer.from('0000', 'hex').fill(0x30), 'x.der')).toThrow('x.der holds no')
  })

  it('refuses an extension that is malformed: what it would have forbidden is not known', async () => {
    const { certificate } = await issue(pki.folder, 'malformed', null, {
      subject: '/CN=x',
      extensions: ['2.5.29.15 = ASN1:UTF8String:no bits'],
    })
    const bytes = await readFile(certificate)
    expect(() => readCertificates(bytes, 'x')).toThrow('x holds no readable X.509 certificate.')
  })
})
