import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { uploadMissing } from '../../src/apply/upload.ts'
import type { DesiredImage, ImageFile, PlannedList } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import { accessTo, pathOf, urlOf } from '../support/access.ts'
import {
  absent,
  desired,
  hostedImage,
  image as anyImage,
  list,
  planned as plannedList,
  world,
} from '../support/builders.ts'
import { noise, sha512 } from '../support/bytes-source.ts'
import { serve } from '../support/http-server.ts'
import { temporaryFolder } from '../support/repository.ts'
import { poolOf, targetTo } from '../support/targets.ts'

const PREFIX = 'https://images.example.org/images/'

/** A repository that publishes into public/, and what is to be uploaded from it. */
async function repository() {
  const root = await temporaryFolder()
  const config = targetTo('file:./public/', { public: false })
  const pool = poolOf([config], root)
  onTestFinished(() => pool.close())
  const { access, read } = accessTo(root, ['127.0.0.1'])
  return {
    root,
    read,
    run: (images: readonly DesiredImage[], lists = [planned(images)]) =>
      uploadMissing(lists, new Map(images.map((one) => [one.name, one])), pool, access),
    published: async () => (await readdir(join(root, 'public', 'images')).catch(() => [])).sort(),
  }
}

const image = (name: string, file: ImageFile, format = 'raw'): DesiredImage =>
  anyImage(name, { uri: PREFIX, file, keys: { 'hv:format': format } })

/** A list of these images that was never published. */
function planned(images: readonly DesiredImage[]): PlannedList {
  const one = list('example', { images: images.map(({ name }) => name) })
  return plannedList(diff(desired([one], images), world({ example: absent })), 'example')
}

test('uploads each image once, under a name that follows from its bytes', async () => {
  const { root, run, published, read } = await repository()
  const bytes = Buffer.concat(noise(9_000_000))
  await writeFile(join(root, 'one.raw'), bytes)
  await writeFile(join(root, 'two.raw'), 'two')
  const images = [image('one', pathOf(join(root, 'one.raw'))), image('two', pathOf(join(root, 'two.raw')))]

  const results = await run(images, [planned(images), planned(images)])

  const facts = (content: Uint8Array) => {
    const digest = { sha512: sha512(content), size: content.length }
    return { source: digest.sha512, size: digest.size, served: digest }
  }
  expect([...results].sort()).toEqual([
    ['one', facts(bytes)],
    ['two', facts(Buffer.from('two'))],
  ])
  expect(await published()).toEqual(
    [
      `${images[0]?.identifier ?? ''}_${sha512(bytes).slice(0, 16)}.raw`,
      `${images[1]?.identifier ?? ''}_${sha512(Buffer.from('two')).slice(0, 16)}.raw`,
    ].sort(),
  )
  expect(Object.fromEntries(read)).toEqual({ one: 9_000_000, two: 3 })
})

test('uploads nothing where nothing is to be uploaded', async () => {
  const { run, published } = await repository()
  const elsewhere = hostedImage('elsewhere', 'image')
  expect(await run([elsewhere])).toEqual(new Map())
  expect(await published()).toEqual([])
})

test('compresses on the way, and tells both sums', async () => {
  const { root, run, published } = await repository()
  const bytes = Buffer.alloc(100_000, 'image')
  await writeFile(join(root, 'one.raw'), bytes)
  const facts = (await run([image('one', pathOf(join(root, 'one.raw')), 'RAW.GZ')])).get('one')
  const [name = ''] = await published()
  const served = await readFile(join(root, 'public', 'images', name))
  expect(gunzipSync(served).equals(bytes)).toBe(true)
  expect(name).toMatch(new RegExp(`_${sha512(served).slice(0, 16)}\\.raw\\.gz$`))
  expect(facts).toEqual({
    source: sha512(bytes),
    size: bytes.length,
    served: { sha512: sha512(served), size: served.length },
  })
})

test('streams from the web to the target', async () => {
  const { root, run, published } = await repository()
  const bytes = Buffer.concat(noise(3_000_000))
  const origin = await serve((_, response) => response.end(bytes))
  const facts = (await run([image('one', urlOf(`${origin}/image.raw`, sha512(bytes)))])).get('one')
  expect(facts).toMatchObject({ source: sha512(bytes), size: 3_000_000 })
  expect(await published()).toHaveLength(1)
  expect(await readdir(root)).toEqual(['public'])
})

test('what is wrong with one image is a value, and stops no other; nothing of it is published', async () => {
  const { root, run, published } = await repository()
  await mkdir(join(root, 'folder'))
  await writeFile(join(root, 'good.raw'), 'good')
  const results = await run([
    image('missing', pathOf(join(root, 'missing.raw'))),
    image('folder', pathOf(join(root, 'folder'))),
    image('pinned', pathOf(join(root, 'good.raw'), sha512(Buffer.from('other')))),
    image('format', pathOf(join(root, 'good.raw')), 'qcow2'),
    image('good', pathOf(join(root, 'good.raw'))),
  ])
  const codes = [...results].map(([name, one]) => [name, 'code' in one ? one.code : 'done'])
  expect(codes).toEqual([
    ['missing', 'file-missing'],
    ['folder', 'file-not-regular'],
    ['pinned', 'pin-mismatch'],
    ['format', 'format-mismatch'],
    ['good', 'done'],
  ])
  expect(await published()).toHaveLength(1)
})

test('an upload that was done already is checked, and done again', async () => {
  const { root, run, published } = await repository()
  await writeFile(join(root, 'one.raw'), 'image')
  const one = image('one', pathOf(join(root, 'one.raw')))
  const first = await run([one])
  expect(await run([one])).toEqual(first)

  const [name = ''] = await published()
  await writeFile(join(root, 'public', 'images', name), 'imaGe')
  expect((await run([one])).get('one')).toMatchObject({ state: 'failed', code: 'target-occupied' })
})

test('a file that is not pinned must still be the one that the plan was made with', async () => {
  const { root, run, published } = await repository()
  await writeFile(join(root, 'one.raw'), 'another build')
  const images = [image('one', pathOf(join(root, 'one.raw')))]
  const [before, size] = [sha512(Buffer.from('the build that was approved')), 27]
  const facts = { source: before, size, served: { sha512: before, size } }
  const plan = diff(
    desired([list('example', { images: ['one'] })], images),
    world({ example: absent }, { one: facts }),
  )
  const results = await run(images, [plannedList(plan, 'example')])
  expect(results.get('one')).toMatchObject({ state: 'failed', code: 'pin-mismatch' })
  expect(await published()).toEqual([])
})
