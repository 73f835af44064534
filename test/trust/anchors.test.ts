import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issue, makeCrl } from '../../scripts/pki.ts'
import { findAnchors, loadAnchors } from '../../src/trust/anchors.ts'
import { CA_DN, makePki, type Pki } from '../support/pki.ts'

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

  it('reads revocation lists in PEM and DER, by any name, and those of a bundle', async () => {
    const [ca, crl] = await Promise.all([
      readFile(pki.ca.certificate),
      readFile(await makeCrl(pki.folder, 'again', pki.ca)),
    ])
    const der = Buffer.from(crl.toString().replaceAll(/-----[^-]+-----|\n/g, ''), 'base64')
    const folder = await folderOf('lists', {
      'a.0': ca,
      'a.r0': crl,
      'a.r1': der,
      'b.crl': der,
      'c.pem': crl,
      'd.r0': 'no list',
      'e.r0': der.subarray(0, 100),
      'f.txt': crl,
    })
    await symlink('nowhere', join(folder, 'g.r0'))
    const { crls } = await loadAnchors(folder)
    expect(crls.map(({ file }) => basename(file))).toEqual(['a.r0', 'a.r1', 'b.crl', 'c.pem'])
    expect(new Set(crls.map(({ issuer }) => issuer))).toEqual(new Set([CA_DN]))
    const bundle = join(pki.folder, 'with-lists.pem')
    await writeFile(bundle, Buffer.concat([crl, ca, crl]))
    expect(await loadAnchors(bundle, 'require')).toMatchObject({
      fingerprints: pki.anchors.fingerprints,
      crls: [{ issuer: CA_DN }, { issuer: CA_DN }],
      crl: 'require',
    })
  })

  it('reads signing policies; one that says nothing lets the CA beside it issue nothing', async () => {
    const ca = await readFile(pki.ca.certificate)
    const policy = `access_id_CA X509 '${CA_DN}'\npos_rights globus CA:sign\ncond_subjects globus '"/DC=org/*"'\n`
    const folder = await folderOf('policies', {
      'a.0': ca,
      'b.pem': await readFile(other),
      'a.signing_policy': policy,
      'a.namespaces': 'TO Issuer "/CN=Other CA" PERMIT Subject "/CN=.*"',
      'b.signing_policy': '# to be written',
    })
    await symlink('nowhere', join(folder, 'c.signing_policy'))
    expect((await loadAnchors(folder)).policies).toEqual([
      { file: join(folder, 'a.signing_policy'), subjects: new Map([[CA_DN, ['/DC=org/*']]]) },
      { file: join(folder, 'b.signing_policy'), subjects: new Map([['/CN=Other CA', []]]) },
      { file: join(folder, 'c.signing_policy'), subjects: new Map() },
    ])
  })

  it('waits for no pipe, and reads nothing that has no end', async () => {
    const folder = await folderOf('odd', { 'a.0': await readFile(pki.ca.certificate) })
    execFileSync('mkfifo', [join(folder, 'b.0'), join(folder, 'b.r0'), join(folder, 'b.signing_policy')])
    await symlink('/dev/zero', join(folder, 'c.pem'))
    const anchors = await loadAnchors(folder)
    expect(anchors).toMatchObject({ fingerprints: pki.anchors.fingerprints, crls: [] })
    for (const path of [join(folder, 'b.0'), '/dev/zero'])
      await expect(loadAnchors(path)).rejects.toMatchObject({ code: 'trust-unreadable' })
  })

  it('refuses a file, and a folder, of more than any grid has', async () => {
    const ca = await readFile(pki.ca.certificate)
    const folder = await folderOf('large', { 'a.0': ca, 'b.r0': '' })
    await truncate(join(folder, 'b.r0'), 17 * 1024 * 1024)
    await expect(loadAnchors(folder)).rejects.toThrow(/b\.r0: it is larger than 16 MiB/)
    await truncate(join(folder, 'b.r0'), 16 * 1024 * 1024)
    for (let at = 1; at < 9; at += 1) await symlink('b.r0', join(folder, `b.r${at}`))
    await expect(loadAnchors(folder)).rejects.toThrow('it holds more than 128 MiB')
  })

  it('refuses a file that it may not read, whatever it holds', async () => {
    const folder = await folderOf('closed', { 'a.0': await readFile(pki.ca.certificate), 'a.r0': '' })
    await chmod(join(folder, 'a.r0'), 0o000)
    // Nothing is closed to root.
    const isRoot = process.getuid?.() === 0
    const loaded = loadAnchors(folder)
    await (isRoot
      ? expect(loaded).resolves.toMatchObject({ crls: [] })
      : expect(loaded).rejects.toThrow('permission denied'))
  })
})
