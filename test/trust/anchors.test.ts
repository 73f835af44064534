import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issue } from '../../scripts/pki.ts'
import { findAnchors, loadAnchors } from '../../src/trust/anchors.ts'
import { makePki, type Pki } from '../support/pki.ts'

let pki: Pki
let other: string
beforeAll(async () => {
  pki = await makePki()
  other = (await issue(pki.folder, 'other', null, { subject: '/CN=Other CA', kind: 'p256' })).certificate
})
afterAll(() => pki.remove())

const folderOf = async (name: string, files: Record<string, string | Buffer>): Promise<string> => {
  const folder = join(pki.folder, name)
  await mkdir(folder)
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content)
  return folder
}

describe('findAnchors', () => {
  it('takes trust.ca, then X509_CERT_DIR, and never the system’s', async () => {
    expect(await findAnchors('/ca', { X509_CERT_DIR: '/env' })).toBe('/ca')
    expect(await findAnchors(null, { X509_CERT_DIR: '/env' })).toBe('/env')
    await expect(findAnchors(null, { SSL_CERT_DIR: '/etc/ssl/certs' })).rejects.toMatchObject({
      code: 'trust-missing',
      message: expect.stringContaining('no folder /etc/grid-security/certificates') as string,
    })
  })
})

describe('loadAnchors', () => {
  it('reads a hashed folder, a plain one, and a bundle: the same anchors', async () => {
    const [ca, second] = await Promise.all([readFile(pki.ca.certificate), readFile(other)])
    const plain = await folderOf('plain', {
      'a.pem': ca,
      'b.crt': new X509Certificate(second).raw,
      'again.0': ca,
      'a.signing_policy': 'access_id_CA X509',
      'a.info': 'alias = a',
      'a.r0': '-----BEGIN X509 CRL-----',
      'README.pem': 'not a certificate',
    })
    await symlink('nowhere', join(plain, 'dangling.0'))
    await mkdir(join(plain, 'folder.pem'))
    const bundle = join(pki.folder, 'bundle.pem')
    await writeFile(bundle, Buffer.concat([ca, second]))
    const anchors = await loadAnchors(plain)
    expect(anchors.fingerprints).toHaveLength(2)
    expect(anchors.fingerprints).toEqual([...anchors.fingerprints].sort())
    expect((await loadAnchors(bundle)).fingerprints).toEqual(anchors.fingerprints)
    expect(anchors.fingerprints).toEqual(expect.arrayContaining([...pki.anchors.fingerprints]))
  })

  it('passes over a damaged certificate beside a good one', async () => {
    const folder = await folderOf('damaged', {
      'bad.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    })
    await copyFile(pki.ca.certificate, join(folder, 'good.pem'))
    expect((await loadAnchors(folder)).fingerprints).toEqual(pki.anchors.fingerprints)
  })

  it.each([
    ['an empty folder', {}, 'no CA certificate is there'],
    ['a folder without certificates', { 'x.pem': 'hello' }, 'no CA certificate is there'],
  ])('refuses %s', async (name, files, reason) => {
    await expect(loadAnchors(await folderOf(name, files))).rejects.toMatchObject({
      code: 'trust-unreadable',
      message: expect.stringContaining(reason) as string,
    })
  })

  it('refuses what is not there, and a bundle without certificates', async () => {
    await expect(loadAnchors('/nonexistent/ca')).rejects.toThrow('there is no such file or folder')
    const empty = join(pki.folder, 'empty.pem')
    await writeFile(empty, '')
    await expect(loadAnchors(empty)).rejects.toThrow('no CA certificate is there')
  })
})
