import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { simpleGit } from 'simple-git'
import { expect, test } from 'vitest'
import type { Manifest, Receipt } from '../../src/model.ts'
import { vmcast } from '../support/cli.ts'
import { editYaml } from '../support/repository.ts'
import { expectDone, Staged } from '../support/staged.ts'

const sum = (how: string, bytes: Uint8Array | string) => createHash(how).update(bytes).digest('hex')

/** Puts other bytes of an image at the target, as a machine would that uploads something else, with a receipt for them. */
async function uploadInstead(staged: Staged, image: string, bytes: Uint8Array): Promise<void> {
  const path = staged.path(`receipts/${image}.json`)
  const receipt = JSON.parse(await readFile(path, 'utf8')) as Receipt
  const sha512 = sum('sha512', bytes)
  const uri = receipt.uri.replace(/_[0-9a-f]{16}/, `_${sha512.slice(0, 16)}`)
  await writeFile(staged.path('public', uri.slice('https://images.example.org/'.length)), bytes)
  await writeFile(path, JSON.stringify({ ...receipt, served: { sha512, size: bytes.length }, uri }))
}

/** Changes the text of a rendered list, and what the table of contents says of it. */
async function renderInstead(staged: Staged, change: (text: string) => string): Promise<void> {
  const [path, manifestPath] = [staged.path('release/list-1.json'), staged.path('release/release.json')]
  const text = change(await readFile(path, 'utf8'))
  const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as Manifest
  const lists = manifest.lists.map((list) => ({ ...list, sha256: sum('sha256', text) }))
  await writeFile(path, text)
  await writeFile(manifestPath, JSON.stringify({ ...manifest, lists }))
}

/** The signer's machine without a checkout: the environment says where certificate, key and CAs are. */
const bare = ({ signer }: Staged) => ({
  cwd: signer,
  env: {
    VMCAST_X509_CERT: join(signer, 'pki/usercert.pem'),
    VMCAST_X509_KEY: join(signer, 'pki/userkey.pem'),
    X509_CERT_DIR: join(signer, 'pki/ca'),
  },
})

test.each(['raw', 'raw.gz'])(
  'a machine that uploads something else than the pinned %s is found out',
  async (format) => {
    const staged = await Staged.open({ pinned: true, images: 1 })
    await staged.edit('hv:format', 'images/image-1-1.yaml', format)
    expectDone(await staged.plan())
    expectDone(await staged.upload())
    const evil = Buffer.from('not what was reviewed')
    await uploadInstead(staged, 'image-1-1', format === 'raw' ? evil : gzipSync(evil))
    const { status, stderr } = await staged.render()
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /What was said of image-1-1 is not believed|The plan is not the one that was approved/,
    )
  },
)

test('of an image that is not pinned, what lies at the target must be what was planned', async () => {
  const staged = await Staged.open({ images: 1 })
  expectDone(await staged.plan())
  expectDone(await staged.upload())
  await uploadInstead(staged, 'image-1-1', Buffer.from('not what was planned'))
  expect((await staged.render()).status).toBe(1)
})

test('what was uploaded and then replaced is found out where it is not pinned', async () => {
  const staged = await Staged.open({ images: 1 })
  expectDone(await staged.plan())
  expectDone(await staged.upload())
  const { uri } = JSON.parse(await readFile(staged.path('receipts/image-1-1.json'), 'utf8')) as Receipt
  await writeFile(staged.path('public', uri.slice('https://images.example.org/'.length)), 'x'.repeat(4096))
  const { status, stderr } = await staged.render()
  expect(status).toBe(1)
  expect(stderr).toContain('is something else')
})

test('a receipt for another plan is not believed', async () => {
  const staged = await Staged.open({ images: 1 })
  expectDone(await staged.plan())
  expectDone(await staged.upload())
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Another title')
  expectDone(await staged.plan())
  const { status, stderr } = await staged.render()
  expect(status).toBe(1)
  expect(stderr).toContain('it is for another plan')
})

test.each<[string, (text: string) => string, string]>([
  [
    'another title',
    (text) => text.replace('"List 1"', '"Another list"'),
    'is not what this checkout would publish',
  ],
  [
    'another address of an image',
    (text) => text.replace(/"hv:uri": "[^"]*images\/[^"]*"/, '"hv:uri": "https://evil.example.org/x.raw"'),
    'is not what this checkout would publish',
  ],
  [
    'a key that stands twice',
    (text) => text.replace('"dc:title"', '"dc:title": "x", "dc:title"'),
    'not written as vmcast writes',
  ],
  ['another endorser', (text) => text.replaceAll('CN=Owen Synge', 'CN=Predrag Buncic'), 'hv:endorser names'],
  ['a date to come', (text) => text.replace(/("dc:date:created": ")\d{4}/, '$12126'), ''],
])('a text with %s is not signed', async (_, change, words) => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  await renderInstead(staged, change)
  const { status, stderr } = await staged.sign({}, '--yes')
  expect(status).toBe(1)
  expect(stderr).toContain(words)
  expect((await staged.publish()).status).toBe(1)
})

test('versions that only the network knows are judged where it is known', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  await renderInstead(staged, (text) => text.replace('"hv:version": "0.0.1"', '"hv:version": "7.0.0"'))
  expectDone(await staged.sign({}, '--yes'))
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('hv:version is "7.0.0", and here "0.0.1"')
})

test('without a checkout, what is signed shows all that changes', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
  await staged.edit('dc:description', 'imagelists/list-1.yaml', 'another description')
  await staged.prepare()
  const address = '"https://evil.example.org/x.raw"'
  await renderInstead(staged, (text) => text.replace(/"https:[^"]*\/images\/[^"]*"/, address))
  await rm(join(staged.signer, 'vmcast.yaml'))
  const { stdout } = await vmcast(bare(staged), 'sign', staged.path('release'))
  expect(stdout).toContain('→ https://evil.example.org/x.raw')
  expect(stdout).toContain('"a list of 1 images" → "another description"')
})

test('a signed list that was replaced by another good one is not published', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  const signed = await readFile(staged.path('release/list-1.p7m'))
  await editYaml(staged.signer, 'dc:title', 'imagelists/list-1.yaml', 'Another title')
  await editYaml(staged.publisher, 'dc:title', 'imagelists/list-1.yaml', 'Another title')
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  await writeFile(staged.path('release/list-1.p7m'), signed)
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('is not the file that was rendered')
})

/** In a rendered text: other bytes served than the pinned ones, with the pin as what they were made from. */
function swapBytes(text: string): string {
  const [, pin = ''] = /"sl:checksum:sha512": "([0-9a-f]{128})"/.exec(text) ?? []
  const source = /"vmcast:source:sha512": "([0-9a-f]{128})"/.exec(text)?.[1] ?? pin
  const evil = sum('sha512', 'not what was reviewed')
  return text
    .replace(/,\n *"vmcast:source:sha512": "[^"]*"/, '')
    .replace(/"sl:checksum:sha512": "[^"]*"/, `"sl:checksum:sha512": "${evil}"`)
    .replace(/_[0-9a-f]{16}\./, `_${evil.slice(0, 16)}.`)
    .replace(/("sl:osversion": "12")/, `$1,\n                    "vmcast:source:sha512": "${source}"`)
}

test('a text that serves other bytes than the pinned ones is not signed', async () => {
  const staged = await Staged.open({ images: 1, pinned: true })
  await staged.prepare()
  await renderInstead(staged, swapBytes)
  const { status, stderr } = await staged.sign({}, '--yes')
  expect(status).toBe(1)
  expect(stderr).toContain('nothing compresses this file, and yet other bytes are served')
})

test('of what is compressed, the signer hears whose word its sums are, and nothing is published that is not there', async () => {
  const staged = await Staged.open({ images: 1, pinned: true })
  await staged.edit('hv:format', 'images/image-1-1.yaml', 'raw.gz')
  await staged.prepare()
  await renderInstead(staged, swapBytes)
  const signing = await staged.sign({}, '--yes')
  expectDone(signing)
  expect(signing.stdout).toContain('The sums of “Image 1-1” are the word of the machine that rendered')
  expect(signing.stdout).toContain(sum('sha512', 'not what was reviewed'))
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('there is nothing at')
})

test('what was uploaded is looked at once more before it is published', async () => {
  const staged = await Staged.open({ images: 1, pinned: true })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  await rm(staged.path('public/images'), { recursive: true })
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('there is nothing at')
})

test('a key that no list has is not signed unseen', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  await renderInstead(staged, (text) => text.replace('{\n', '{\n    "aaa": "HIDDEN",\n'))
  await rm(join(staged.signer, 'vmcast.yaml'))
  const { status, stderr } = await vmcast(bare(staged), 'sign', staged.path('release'), '--yes')
  expect(status).toBe(1)
  expect(stderr).toContain('it is not written as vmcast writes lists')
})

test('a first publication shows every key of the list and of its images', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  const { stdout } = await staged.sign()
  for (const words of ['"hv:email":"owen@example.org"', 'hv:format', '"kvm"', '4096 bytes'])
    expect(stdout).toContain(words)
  expect(stdout).toMatch(/sha512 +[0-9a-f]{128}/)
})

test('nothing is signed below a version that a tag of the checkout knows', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  const git = simpleGit(staged.signer)
  await git.init()
  await git.addConfig('user.email', 'owen@example.org').addConfig('user.name', 'Owen Synge')
  await git.raw('commit', '--allow-empty', '-m', 'what was published')
  await git.addTag('published/list-1/0.0.9')
  const { status, stderr } = await staged.sign({}, '--yes')
  expect(status).toBe(1)
  expect(stderr).toContain('rolled-back: a tag of this repository says that version 0.0.9 was published')
})

test('a message in another form than vmcast writes is not published', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  const path = staged.path('release/list-1.p7m')
  await writeFile(path, (await readFile(path, 'utf8')).replace('This is an S/MIME signed message', 'Hello'))
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('is not the file that was rendered')
})
