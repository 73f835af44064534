import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { vmcast } from '../support/cli.ts'
import { editYaml } from '../support/repository.ts'
import { expectDone, Staged } from '../support/staged.ts'
import { missingImages, subscribe } from '../support/subscriber.ts'

const PREFIX = 'https://images.example.org/'

const subscribed = (staged: Staged, name = 'list-1') =>
  subscribe(staged.path('public/lists', `${name}.list`), join(staged.signer, 'pki/ca'))

/** The list's JSON without what the clock gives. */
async function timeless(path: string): Promise<string> {
  const text = await readFile(path, 'utf8')
  const [, json = ''] = /\n(\{[^]*\n\})\n/.exec(text) ?? []
  return json.replace(/"dc:date:\w+": "[^"]*"/g, '')
}

test('one step after another, each on a machine of its own, publishes what reconcile would', async () => {
  const staged = await Staged.open({ lists: 2 })
  await staged.prepare()
  expect(await readdir(staged.path())).not.toContain('public/lists')
  const signing = await staged.sign({}, '--yes')
  expectDone(signing)
  expect(signing.stdout).toContain('+ list-1: List 1')
  expect(signing.stdout).toContain('This checkout composes the same list.')
  const published = await staged.publish()
  expectDone(published)
  expect(published.stdout).toContain('list-2: version 0.0.1 published and verified')
  for (const name of ['list-1', 'list-2']) {
    const list = await subscribed(staged, name)
    expect(await missingImages(list, staged.path('public'), PREFIX)).toEqual([])
  }

  const other = await staged.checkout()
  await writeFile(
    join(other, 'vmcast.yaml'),
    (await readFile(join(other, 'vmcast.yaml'), 'utf8')).replace(/file:.*/, 'file:public/'),
  )
  await writeFile(join(other, 'pki/userkey.pem'), await readFile(join(staged.signer, 'pki/userkey.pem')), {
    mode: 0o600,
  })
  expectDone(await vmcast({ cwd: other }, 'reconcile'))
  expect(await timeless(staged.path('public/lists/list-1.list'))).toBe(
    await timeless(join(other, 'public/lists/list-1.list')),
  )

  const again = await staged.publish()
  expectDone(again)
  expect(again.stdout).toContain('Nothing to do')
  expect((await vmcast({ cwd: staged.publisher }, 'plan')).stdout).toContain('list-1 is up to date')
})

test('several machines each upload some of the images, and the others’ files need not be there', async () => {
  const staged = await Staged.open({ pinned: true })
  expectDone(await staged.plan())
  const [one, two] = [await staged.checkout(), await staged.checkout()]
  await rm(join(one, 'build/1-2.img'))
  await rm(join(two, 'build/1-1.img'))
  expectDone(await staged.upload(one, '--image', 'image-1-1'))
  const early = await staged.render()
  expect(early).toMatchObject({ status: 1 })
  expect(early.stderr).toContain('There is no receipt for image-1-2')
  expectDone(await staged.upload(two, '--image', 'image-1-2'))
  await rm(join(staged.publisher, 'build'), { recursive: true })
  expectDone(await staged.render())
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
  expect((await subscribed(staged)).images).toHaveLength(2)
})

test('what is compressed and not pinned is read back, and a receipt that lies is refused', async () => {
  const staged = await Staged.open({ images: 2 })
  for (const [image, format] of [
    ['image-1-1', 'raw.gz'],
    ['image-1-2', 'raw.bz2'],
  ] as const)
    await staged.edit('hv:format', `images/${image}.yaml`, format)
  expectDone(await staged.plan())
  expectDone(await staged.upload())
  const path = staged.path('receipts/image-1-1.json')
  const honest = await readFile(path, 'utf8')
  const { source } = JSON.parse(honest) as { source: string }
  await writeFile(path, honest.replace(source, 'ab'.repeat(64)))
  const lied = await staged.render()
  expect(lied.status).toBe(1)
  expect(lied.stderr).toMatch(/Error: The plan is not|was approved, now it is/)
  await writeFile(path, honest)
  expectDone(await staged.render())
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
  expect(await missingImages(await subscribed(staged), staged.path('public'), PREFIX)).toEqual([])
})

test('the second edition shows what changes, and nothing is signed without a yes', async () => {
  const staged = await Staged.open()
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Another title')
  await staged.prepare()
  const asked = await staged.sign()
  expect(asked.status).toBe(1)
  expect(asked.stdout).toMatch(/version +0\.0\.1 → 0\.0\.2/)
  expect(asked.stdout).toContain('"List 1" → "Another title"')
  expect(asked.stderr).toContain('list-1 was not signed: nobody said yes')
  expect(await readdir(staged.path('release'))).toEqual([
    '.gitattributes',
    'list-1.json',
    'list-1.last.p7m',
    'release.json',
  ])
  const early = await staged.publish()
  expect(early.stdout).toContain('the list is not signed yet')
  expect(early.status).toBe(1)
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
  expect((await subscribed(staged)).version).toBe('0.0.2')
})

test('without a checkout, sign says how to name certificate and CAs', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  const certificate = { VMCAST_X509_CERT: join(staged.signer, 'pki/usercert.pem') }
  const key = { VMCAST_X509_KEY: join(staged.signer, 'pki/userkey.pem') }
  const sign = (env: Readonly<Record<string, string>>, ...more: string[]) =>
    vmcast({ cwd: staged.signer, env }, 'sign', staged.path('release'), '--yes', ...more)
  const untrusting = await sign({ ...certificate, ...key })
  expect(untrusting.status).toBe(1)
  expect(untrusting.stderr).toContain('There is no CA to trust: nothing names any')
  expect(untrusting.stderr).toContain('where --repo names its folder), --ca')
  const nobody = await sign({ HOME: staged.path('nowhere') }, '--ca', 'pki/ca')
  expect(nobody.stderr).toContain('Give one as VMCAST_X509_CERT or VMCASTER_X509_CERT or X509_USER_CERT.')
  expectDone(await sign({ ...certificate, ...key }, '--ca', 'pki/ca'))
})

test('a list that takes its time to render is composed the same by whoever signs', async () => {
  const staged = await Staged.open({ images: 2 })
  expectDone(await staged.plan())
  expectDone(await staged.upload())
  let time = Date.now() - 60_000
  expectDone(await staged.render({ clock: () => new Date((time += 2_000)) }))
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await staged.publish())
})

test('nothing is published over a list that was published meanwhile', async () => {
  const staged = await Staged.open()
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  expectDone(await vmcast({ cwd: staged.signer }, 'reconcile'))
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Meanwhile')
  expectDone(await vmcast({ cwd: staged.signer }, 'reconcile'))
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'List 1')
  const late = await staged.publish()
  expect(late.status).toBe(1)
  expect(late.stdout).toContain('somebody published since this was rendered')
  expect((await subscribed(staged)).version).toBe('0.0.2')
})

test('a checkout that would compose another list neither signs nor publishes', async () => {
  const staged = await Staged.open()
  await staged.prepare()
  await editYaml(staged.signer, 'dc:description', 'images/image-1-1.yaml', 'something else')
  const signing = await staged.sign({}, '--yes')
  expect(signing.status).toBe(1)
  expect(signing.stderr).toContain('dc:description is "an image of a sample", and here "something else"')
  await editYaml(staged.signer, 'dc:description', 'images/image-1-1.yaml', 'an image of a sample')
  expectDone(await staged.sign({}, '--yes'))
  await editYaml(staged.publisher, 'dc:description', 'images/image-1-1.yaml', 'something else')
  const publishing = await staged.publish()
  expect(publishing.status).toBe(1)
  expect(publishing.stdout).toContain('is not what this checkout would publish')
})

test('a pin that differs from what was rendered is refused, by whoever has it', async () => {
  const staged = await Staged.open({ pinned: true })
  await staged.prepare()
  for (const root of [staged.signer, staged.publisher])
    await editYaml(root, 'file', 'images/image-1-1.yaml', {
      path: '../build/1-1.img',
      sha512: 'ab'.repeat(64),
    })
  const signing = await staged.sign({}, '--yes')
  expect(signing).toMatchObject({ status: 1 })
  expect(signing.stderr).toContain('is not the pinned one')
})

test.each([
  ['an altered text', 'list-1.json', 'is not the file that was rendered'],
  ['a missing text', 'list-1.json', 'cannot be read'],
  ['an altered manifest', 'release.json', 'is not what `vmcast render --out` writes'],
])('%s stops the signer', async (what, file, words) => {
  const staged = await Staged.open()
  await staged.prepare()
  const path = staged.path('release', file)
  if (what.includes('missing')) await rm(path)
  else await writeFile(path, (await readFile(path, 'utf8')).replace('"', ' "x'))
  const { status, stderr } = await staged.sign({}, '--yes')
  expect(status).toBe(1)
  expect(stderr).toContain(words)
})

test('a list that must be countersigned is not published in one go, nor without the second signature', async () => {
  const staged = await Staged.open({ images: 1 })
  const second = {
    dn: '/DC=org/DC=example/OU=Endorsers/CN=Predrag Buncic',
    ca: '/DC=org/DC=example/CN=Throwaway CA',
  }
  await staged.edit('countersigners', 'imagelists/list-1.yaml', [second])
  const atOnce = await vmcast({ cwd: staged.signer }, 'reconcile')
  expect(atOnce.status).toBe(1)
  expect(atOnce.stdout).toContain(
    'must be countersigned by /DC=org/DC=example/OU=Endorsers/CN=Predrag Buncic',
  )
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  const { status, stdout } = await staged.publish()
  expect(status).toBe(1)
  expect(stdout).toContain('is not countersigned by /DC=org/DC=example/OU=Endorsers/CN=Predrag Buncic')
  expect(await readdir(staged.path('public/lists')).catch(() => [])).toEqual([])
})

test('signing again changes nothing, and where nothing is to be uploaded the steps are the same', async () => {
  const staged = await Staged.open({ images: 1 })
  await staged.prepare()
  expectDone(await staged.sign({}, '--yes'))
  const signed = await readFile(staged.path('release/list-1.p7m'))
  expect((await staged.sign({}, '--yes')).stdout).toContain('list-1: signed already')
  expect(await readFile(staged.path('release/list-1.p7m'))).toEqual(signed)
  expectDone(await staged.publish())
  await rm(staged.path('receipts'), { recursive: true })
  await staged.edit('dc:title', 'imagelists/list-1.yaml', 'Another title')
  await staged.prepare()
})
