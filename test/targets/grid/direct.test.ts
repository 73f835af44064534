import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { fault, isFault } from '../../../src/errors.ts'
import { collect } from '../../../src/targets/bytes.ts'
import type { Client } from '../../../src/targets/grid/client.ts'
import type { Begin } from '../../../src/targets/grid/programs.ts'
import { DirectWriter } from '../../../src/targets/grid/direct.ts'
import { placeAt } from '../../../src/targets/grid/place.ts'
import { tagOf } from '../../../src/targets/tag.ts'
import { sha512, sourceOf } from '../../support/bytes-source.ts'

const ROOT = 'dcap://se.example.org/'
const LIST = placeAt(ROOT, 'lists/one.list')
const IMAGE = placeAt(ROOT, 'images/one.raw')
const text = (content: string) => Buffer.from(content)
/** Their first bytes are the same, as those of signed lists are. */
const list = (version: number) => text(`MIME-Version: 1.0\n\nversion ${version}`)

/** Bytes of what is put that arrive all the same when a step fails. */
type Share = 'none' | 'half' | 'all'

/** A server like dCache, in memory: it never overwrites. From the step `last` on nothing is done any more. */
class Files implements Client {
  readonly program = 'dccp'
  readonly overwrites = false
  readonly naming = null
  readonly files = new Map<string, Buffer>()
  steps = 0
  last = Infinity
  share: Share = 'none'

  async put(url: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.files.has(url)) throw fault('target-occupied', { path: url })
    const dies = this.#dies()
    const pieces: Uint8Array[] = []
    for await (const chunk of chunks) pieces.push(Uint8Array.from(chunk))
    const all = Buffer.concat(pieces)
    const share = { none: 0, half: Math.ceil(all.length / 2), all: all.length }[this.share]
    if (!dies) this.files.set(url, all)
    else if (this.steps === this.last && this.share !== 'none') this.files.set(url, all.subarray(0, share))
    if (dies) throw cut()
  }

  async get(url: string, begin: Begin): Promise<boolean> {
    const bytes = this.files.get(url)
    if (bytes) await begin()(bytes)
    return bytes !== undefined
  }

  remove(url: string): Promise<void> {
    const dies = this.#dies()
    if (!dies || (this.steps === this.last && this.share === 'all')) this.files.delete(url)
    return dies ? Promise.reject(cut()) : Promise.resolve()
  }

  /** What a subscriber gets. */
  get published(): string | undefined {
    return this.files.get(LIST.url)?.toString()
  }

  copy({ last = Infinity, share = 'none' }: { last?: number; share?: Share } = {}): Files {
    const copy = new Files()
    for (const [url, bytes] of this.files) copy.files.set(url, bytes)
    return Object.assign(copy, { last, share })
  }

  #dies(): boolean {
    return ++this.steps >= this.last
  }
}

const cut = () => fault('target-interrupted', { place: ROOT, reason: 'the run died' })

/** What is left of a swap that dies, at each of its steps and in each way. */
async function* deaths(from: Files, version: number): AsyncGenerator<Files> {
  for (const share of ['none', 'half', 'all'] as const) {
    for (let last = 1; ; last++) {
      const files = from.copy({ last, share })
      const writer = new DirectWriter(files)
      const old = await read(writer)
      const died = await writer.swap(LIST, list(version), old && tagOf(old)).then(
        () => false,
        (error: unknown) => isFault(error, 'target-interrupted'),
      )
      if (!died) break
      yield files.copy()
    }
  }
}

/** What the next run takes for the list. */
const seen = async (files: Files) => (await read(new DirectWriter(files)))?.toString()

async function read(writer: DirectWriter): Promise<Buffer | null> {
  const bytes = await writer.bytes(LIST)
  return bytes && Buffer.from((await collect(bytes, 1000, 'a list')).bytes)
}

const published = async (version: number) => {
  const files = new Files()
  if (version > 0) await new DirectWriter(files).swap(LIST, list(version), null)
  return files
}

describe.each([
  ['the first list', 0],
  ['a list in place of another one', 1],
])('%s', (_, version) => {
  const before = version === 0 ? undefined : list(version).toString()

  test('killed at any step, and again at any: vmcast sees what subscribers see, and the next run ends it', async () => {
    let cases = 0
    for await (const once of deaths(await published(version), 2)) {
      for await (const twice of deaths(once, 3)) {
        for (const files of [once, twice]) {
          const versions = [before, list(2).toString(), list(3).toString()]
          expect(versions).toContain(await seen(files))
          // A list that subscribers have, whole, is the one that the next version comes after.
          if (versions.includes(files.published) && files.published !== undefined)
            expect(await seen(files)).toBe(files.published)
        }
        const writer = new DirectWriter(twice)
        const old = await read(writer)
        await writer.swap(LIST, list(4), old && tagOf(old))
        expect(twice.files).toEqual(new Map([[LIST.url, list(4)]]))
        cases++
      }
    }
    expect(cases).toBeGreaterThan(300)
  })

  test('killed at any step, and published by another tool then: its list is seen, and never overwritten', async () => {
    for await (const files of deaths(await published(version), 2)) {
      files.files.set(LIST.url, list(9))
      expect(await seen(files)).toBe(list(9).toString())
      const stale = new DirectWriter(files).swap(
        LIST,
        list(3),
        before === undefined ? null : tagOf(text(before)),
      )
      await expect(stale).rejects.toSatisfy((error) => isFault(error, 'target-conflict'))
      expect(files.published).toBe(list(9).toString())
    }
  })
})

describe('an upload that fails', () => {
  const whole = text('all the bytes of an image')

  test('leaves the image that somebody else published meanwhile, and is content with it', async () => {
    const files = new Files()
    // Another publisher takes what arrived so far for a beginning, removes it, and sends everything.
    files.put = (url) => {
      files.files.set(url, whole)
      return Promise.reject(cut())
    }
    await new DirectWriter(files).write(IMAGE, sourceOf([whole]), () => IMAGE)
    expect(files.files).toEqual(new Map([[IMAGE.url, whole]]))
  })

  test.each([
    ['the beginning of its own', whole.subarray(0, 7), []],
    ['another file', text('another'), [IMAGE.url]],
  ])('and finds %s', async (_, there, left) => {
    const files = new Files()
    files.put = (url) => {
      files.files.set(url, there)
      return Promise.reject(cut())
    }
    const writing = new DirectWriter(files).write(IMAGE, sourceOf([whole]), () => IMAGE)
    await expect(writing).rejects.toSatisfy((error) => isFault(error, 'target-interrupted'))
    expect([...files.files.keys()]).toEqual(left)
  })

  test('where the source does: its own error, and only a file that is as its name says stays', async () => {
    const fail = new Error('the file changed')
    for (const there of [whole.subarray(0, 7), text('other bytes'), whole]) {
      const files = new Files()
      files.put = async (url, chunks) => {
        files.files.set(url, there)
        await Readable.from(chunks).toArray()
      }
      await expect(
        new DirectWriter(files).write(IMAGE, sourceOf([whole], { fail }), () => IMAGE),
      ).rejects.toBe(fail)
      expect([...files.files.values()].map(sha512)).toEqual(there === whole ? [sha512(whole)] : [])
    }
  })
})
