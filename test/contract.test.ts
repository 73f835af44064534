import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENDORSER_EXTENSIONS, issue, openssl, type Identity, type Wish } from '../scripts/pki.ts'
import { contractFaults } from './support/contract.ts'
import { mailOf, makeEndorsers, usual, type Scene } from './support/odd/scene.ts'
import { SIGNERS } from './support/odd/signers.ts'
import { CA_DN, makePki, type Pki } from './support/pki.ts'

const SUBJECT = '/DC=org/DC=example/OU=People/CN=Owen Synge'

type Keys = Record<string, unknown>

let pki: Pki
let endorser: Identity
beforeAll(async () => {
  pki = await makePki()
  endorser = await certified('usual')
})
afterAll(() => pki.remove())

/** An endorser whose certificate has these things otherwise. */
const certified = (name: string, wish: Partial<Wish> = {}): Promise<Identity> =>
  issue(pki.folder, name, pki.ca, {
    subject: SUBJECT,
    kind: 'p256',
    extensions: ENDORSER_EXTENSIONS,
    ...wish,
  })

const time = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, '')

const image = (keys: Keys = {}): Keys => ({
  'hv:image': {
    'dc:title': 'Debian 12',
    'dc:description': 'Debian 12 with cloud-init',
    'dc:identifier': '488dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d',
    'dc:date:expires': time(20),
    'hv:size': 4096,
    'hv:uri': 'https://images.example.org/images/debian-12.qcow2',
    'hv:version': '1.2',
    'hv:hypervisor': 'kvm',
    'hv:format': 'qcow2',
    'sl:arch': 'x86_64',
    'sl:os': 'Linux',
    'sl:osname': 'Debian',
    'sl:osversion': '12',
    'sl:comments': '',
    'sl:checksum:sha512': 'a1'.repeat(64),
    'ad:group': 'General group',
    'ad:mpuri': 'https://images.example.org/catalogue/debian-12',
    'ad:user:fullname': 'Owen Synge',
    'ad:user:guid': 'b268b87b-fe42-477e-b4d4-087ad9fde61b',
    'ad:user:uri': 'https://images.example.org/people/owen',
    ...keys,
  },
})

const x509 = (keys: Keys = {}): Keys => ({
  'hv:x509': {
    'hv:ca': CA_DN,
    'hv:dn': SUBJECT,
    'hv:email': 'owen@example.org',
    'dc:creator': 'Owen Synge',
    ...keys,
  },
})

const listOf = (keys: Keys = {}): Keys => ({
  'hv:imagelist': {
    'dc:date:created': time(-0.01),
    'dc:date:expires': time(20),
    'dc:identifier': '4e186b44-2c64-40ea-97d5-e9e5c0bce059',
    'dc:description': 'a README example of an image list',
    'dc:title': 'README example',
    'dc:source': 'example.org',
    'hv:version': '0.0.9',
    'hv:uri': 'https://images.example.org/lists/example.list',
    'hv:endorser': x509(),
    'hv:images': [image()],
    'ad:vo': 'vo.example.org',
    ...keys,
  },
})

const textOf = (list: unknown): string => `\n${JSON.stringify(list, null, 4)}\n`

/** Signed by openssl, which writes the same form if the text begins with an empty line. */
async function signed(
  text: string,
  { certificate, key } = endorser,
  program = 'smime',
  ...options: string[]
): Promise<Buffer> {
  const [content, message] = [join(pki.folder, 'content.json'), join(pki.folder, 'message')]
  await writeFile(content, text)
  const who = ['-signer', certificate, '-inkey', key, '-md', 'sha256']
  await openssl(pki.folder, program, '-sign', ...who, '-in', content, '-out', message, ...options)
  return readFile(message)
}

const PROMISED = ['atrope', 'cloudkeeper'] as const
const signedList = (keys: Keys = {}): Promise<Buffer> => signed(textOf(listOf(keys)))
const faultsOf = async (keys: Keys): Promise<string[]> =>
  contractFaults(await signedList(keys), null, PROMISED)

const edited = async (from: string | RegExp, to: string): Promise<string[]> => {
  const text = (await signedList()).toString('latin1')
  expect(text).toMatch(from)
  return contractFaults(Buffer.from(text.replace(from, to), 'latin1'))
}

describe('the contract', () => {
  it('has nothing against a good list, with LF or CRLF, by RSA as well', async () => {
    const list = await signedList()
    expect(contractFaults(list, list, PROMISED)).toEqual([])
    const crlf = list.toString('latin1').replaceAll(/\r?\n/g, '\r\n')
    expect(contractFaults(Buffer.from(crlf), list, PROMISED)).toEqual([])
    const rsa = await signed(textOf(listOf()), await certified('rsa', { kind: 'rsa' }))
    expect(contractFaults(rsa, null, PROMISED)).toEqual([])
  })

  it.each<[number, string | RegExp, string]>([
    [1, 'MIME-Version', 'Mime-Version'],
    [1, '; micalg', ';\n micalg'],
    [1, 'sha-256', 'sha256'],
    [1, 'This is an S/MIME signed message', 'Hello'],
    [1, 'MIME-Version', 'Subject: a list\nMIME-Version'],
    [1, /boundary="[^"]*"/, 'boundary=""'],
    [1, /------[0-9A-F]*--/, ''],
    [3, 'README example', 'README eXample'],
    [4, 'name="smime.p7s"', 'name="smime.p7m"'],
    [4, 'Content-Type: application/x-pkcs7-signature', 'Content-Type: application/pkcs7-signature'],
    [4, /\n([\w+/]{64})\r?\n([\w+/]{64})/, '\n$1$2'],
  ])('point %i: %s', async (point, from, to) => {
    expect(await edited(from, to)).toContainEqual(expect.stringMatching(`^${point}: `))
  })

  it('point 2: without the empty line, or with a header', async () => {
    for (const text of [textOf(listOf()).slice(1), `Content-Type: application/json\n${textOf(listOf())}`])
      expect(contractFaults(await signed(text)).join('\n')).toContain('2: its signed part does not')
  })

  it('point 3: signed over LF', async () => {
    const lf = await signed(textOf(listOf()), endorser, 'smime', '-binary')
    expect(contractFaults(lf)).toEqual(['3: it is not signed over its CRLF form'])
  })

  it.each<[string, string, string[]]>([
    ['smime', 'is not SHA-256 or SHA-512', ['-md', 'sha384']],
    ['smime', 'is not in it', ['-nocerts']],
    ['cms', 'not named by issuer and serial number', ['-keyid']],
  ])('point 5: %s … %s', async (program, fault, options) => {
    const faults = contractFaults(await signed(textOf(listOf()), endorser, program, ...options))
    expect(faults.join('\n')).toMatch(new RegExp(`^5: .*${fault}`, 'm'))
  })

  it('point 5: RSA-PSS, P-521, and a second signer', async () => {
    const rsa = await certified('pss', { kind: 'rsa' })
    const pss = await signed(textOf(listOf()), rsa, 'cms', '-keyopt', 'rsa_padding_mode:pss')
    expect(contractFaults(pss)).toContain('5: its signature is neither PKCS#1 v1.5 nor ECDSA')
    const key = join(pki.folder, 'p521.pem')
    await openssl(
      pki.folder,
      ...['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521', '-out', key],
    )
    const p521 = await signed(textOf(listOf()), await certified('p521', { key }))
    expect(contractFaults(p521)).toContain('5: its signer’s key is neither RSA nor on P-256')
    const second = ['-signer', rsa.certificate, '-inkey', rsa.key]
    const two = await signed(textOf(listOf()), endorser, 'smime', ...second)
    expect(contractFaults(two)).toContain('5: it has more than one SignerInfo')
  })

  it('point 6: a countersignature of something else, or without its certificate', async () => {
    const [by, , countersigner] = await makeEndorsers(pki)
    if (!by || !countersigner) throw new Error('there are four')
    const kind = { opaque: false, crlf: false, predecessor: false, hash: 'sha256', random: () => 0 } as const
    const scene: Scene = { by, countersigner, countersigned: true, ...kind }
    const faultsIn = (mail: string) => contractFaults(Buffer.from(mail, 'latin1'))
    expect(faultsIn(mailOf(scene, usual(scene)))).toEqual([])
    const alone = { ...usual(scene), certificates: [by.certificate] }
    expect(faultsIn(mailOf(scene, alone))).toEqual(['6: a countersigner’s certificate is not in it'])
    const other = SIGNERS['a countersignature of something else']?.(scene) ?? ''
    expect(faultsIn(other)).toEqual(['6: a countersignature is not one'])
  })

  it.each<[string, string, Partial<Wish>]>([
    ['7', 'was not in date', { from: new Date(Date.now() - 9e9), until: new Date(Date.now() - 1e9) }],
    ['7', 'its keyUsage lacks', { extensions: ['keyUsage = keyAgreement'] }],
    ['7', 'its extended key usage lacks', { extensions: ['extendedKeyUsage = serverAuth'] }],
    ['7', 'is not ASCII', { subject: '/CN=Owen Søren', options: ['-utf8'] }],
    ['8', 'has a / or \\+ in a value', { subject: '/CN=Owen Synge\\/x' }],
    ['8', 'has a multi-valued part', { subject: '/DC=org/CN=Owen+UID=owen' }],
    ['8', 'its hv:dn is not /CN=Mallory', { subject: '/CN=Mallory' }],
  ])('point %s: %s', async (point, fault, wish) => {
    const list = await signed(textOf(listOf()), await certified('odd', wish))
    expect(contractFaults(list)).toContainEqual(expect.stringMatching(`^${point}: .*${fault}`))
  })

  const endorsedBy = (keys: Keys): Keys => ({ 'hv:endorser': x509(keys) })
  const withImage = (keys: Keys): Keys => ({ 'hv:images': [image(keys)] })

  it.each<[number, string, Keys]>([
    [6, 'its endorser is an array', { 'hv:endorser': [x509(), x509()] }],
    [8, 'its hv:dn is not', endorsedBy({ 'hv:dn': `${SUBJECT}/Email=owen@example.org` })],
    [8, 'its hv:ca is not', endorsedBy({ 'hv:ca': 'CN=Example CA,DC=example,DC=org' })],
    [9, 'its endorser has no hv:email', endorsedBy({ 'hv:email': null })],
    [9, 'it is not clean', { 'dc:title': 'Café' }],
    [10, 'the list has no dc:source', { 'dc:source': null }],
    [10, 'the list has no ad:vo', { 'ad:vo': undefined }],
    [11, 'image 0 has no sl:osversion', withImage({ 'sl:osversion': null })],
    [11, 'image 0 has no ad:user:uri', withImage({ 'ad:user:uri': undefined })],
    [11, 'image 0 has a format', withImage({ 'hv:format': 'qcow2.gz' })],
    [12, 'dc:date:expires of the list', { 'dc:date:expires': '2999-01-01T00:00:00.000Z' }],
    [12, 'dc:date:expires of image 0', withImage({ 'dc:date:expires': 'soon' })],
    [12, 'it was made after it was signed', { 'dc:date:created': time(1) }],
    [12, 'it had ended', { 'dc:date:expires': time(-1) }],
    [13, 'its hv:uri is no', { 'hv:uri': 'https://images.example.org/list?x' }],
    [14, 'the address of image 0', withImage({ 'hv:uri': 'https://example.org/$(reboot)' })],
    [14, 'the address of image 0', withImage({ 'hv:uri': 'ftp://example.org/x' })],
    [15, 'image 0 has no sha512', withImage({ 'sl:checksum:sha512': 'A1'.repeat(64) })],
    [15, 'the size of image 0', withImage({ 'hv:size': '4096' })],
    [15, 'an identifier is there twice', { 'hv:images': [image(), image()] }],
    [15, 'an identifier has a /', withImage({ 'dc:identifier': '../x' })],
    [16, 'its version is not', { 'hv:version': '1.0.0-rc1' }],
    [16, 'the version of image 0', withImage({ 'hv:version': 'final' })],
  ])('point %i: %s', async (point, fault, keys) => {
    expect((await faultsOf(keys)).join('\n')).toContain(`${point}: ${fault}`)
  })

  it('point 9: a BOM, another key beside the list, and what is no JSON', async () => {
    for (const text of [`\n\ufeff${textOf(listOf())}`, textOf({ ...listOf(), more: 1 }), '\n{\n'])
      expect(contractFaults(await signed(text)).join('\n')).toMatch(/^9: it is not/m)
  })

  it.each<[number, string, Keys]>([
    [16, 'the list’s version falls', { 'hv:version': '0.0.8' }],
    [16, 'the list changed', { 'dc:title': 'Another' }],
    [16, 'the version of Debian 12 falls', withImage({ 'hv:version': '1.1' })],
    [16, 'the bytes of Debian 12 changed', withImage({ 'sl:checksum:sha512': 'b2'.repeat(64) })],
    [17, 'the list has another', { 'dc:identifier': '5e186b44-2c64-40ea-97d5-e9e5c0bce059' }],
    [
      17,
      'Debian 12 has a new identifier',
      withImage({ 'dc:identifier': '588dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d' }),
    ],
  ])('point %i, against the list before: %s', async (point, fault, keys) => {
    const faults = contractFaults(await signedList(keys), await signedList())
    expect(faults.join('\n')).toContain(`${point}: ${fault}`)
  })

  it('takes a changed image and a removed one, if the versions rise', async () => {
    const before = await signedList({
      'hv:images': [
        image(),
        image({ 'dc:identifier': 'c88dcdc4-9ab1-4fc8-a7ba-b7a5428ecb3d', 'dc:title': 'x' }),
      ],
    })
    const now = { 'hv:version': '1.10', 'sl:checksum:sha512': 'b2'.repeat(64) }
    const after = await signedList({ 'hv:version': '0.0.10', ...withImage(now) })
    expect(contractFaults(after, before, PROMISED)).toEqual([])
  })
})
