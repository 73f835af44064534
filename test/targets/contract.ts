import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isFault, VmcastError } from '../../src/errors.ts'
import type { Digest, Tag } from '../../src/model.ts'
import type { Target } from '../../src/targets/target.ts'
import { noise, sha512, sourceOf } from '../support/bytes-source.ts'

/** A place where a target writes, seen past the target. */
export interface Place {
  /** Another connection to the same place; the suite closes it. */
  open(): Promise<Target>
  /** Everything that lies there, by key: staged, hidden and locking files too. */
  files(): Promise<ReadonlyMap<string, Buffer>>
  /** Puts a file there, as somebody else would. */
  put(key: string, bytes: Uint8Array): Promise<void>
  remove(): Promise<void>
}

const PARTIAL = 'images/~one.partial'
const finalKey = ({ sha512 }: Digest) => `images/one_${sha512.slice(0, 16)}.raw`
const text = (content: string) => Buffer.from(content)

/** `see` is shown each piece, which is good until the next one is there. */
async function all(bytes: AsyncIterable<Uint8Array>, see?: (piece: Uint8Array) => void): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) {
    see?.(piece)
    pieces.push(Uint8Array.from(piece))
  }
  return Buffer.concat(pieces)
}

/** The length of the first piece; the rest is left. */
async function glimpse(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  for await (const { length } of bytes) return length
  return 0
}

/** What a kind of target is like; the suite leaves out what it cannot have. */
export interface Nature {
  /** False where nothing can be renamed: then no file ever lies under the staged name. */
  readonly stages?: boolean
  /** False where a swap is a look and then a write: of racers more than one may win, and none may. */
  readonly swaps?: boolean
  /** False where a list is written over: a reader may see its beginning, or none, for a moment. */
  readonly whole?: boolean
  /** False where a target's program cannot remove a file. */
  readonly removes?: boolean
  /** How often a list is swapped under a reader's eyes; fewer where each step is a process. */
  readonly rounds?: number
}

/** What every target must hold (`target.ts`). `prepare` makes a fresh, empty place. */
export function targetContract(
  name: string,
  prepare: () => Promise<Place>,
  { stages = true, swaps = true, whole = true, removes = true, rounds = 30 }: Nature = {},
): void {
  let place: Place
  let target: Target
  let opened: Target[]

  const open = async () => {
    const one = await place.open()
    opened.push(one)
    return one
  }
  const names = async () => [...(await place.files()).keys()].sort()
  const content = async (key: string) => (await place.files()).get(key)?.toString()

  beforeEach(async () => {
    place = await prepare()
    opened = []
    target = await open()
  })
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close()))
    await place.remove()
  })

  describe(`${name}: stat and read`, () => {
    test('it takes any file, and what was written can be read at once', () => {
      expect({ holds: target.holds, settles: target.settles }).toEqual({ holds: 'files', settles: 'at once' })
    })

    test('absent is a value, in a folder that is missing too', async () => {
      expect(await target.stat('nothing')).toBeNull()
      expect(await target.stat('no/such/folder/nothing')).toBeNull()
      expect(await target.read('nothing', 10)).toBeNull()
      expect(await target.read('no/such/folder/nothing', 10)).toBeNull()
    })

    test('give size and bytes of what is there, the empty file included', async () => {
      await place.put('lists/one.list', text('signed'))
      await place.put('empty', text(''))
      expect(await target.stat('lists/one.list')).toEqual({ size: 6 })
      expect(Buffer.from((await target.read('lists/one.list', 6))?.bytes ?? '').toString()).toBe('signed')
      expect(await target.stat('empty')).toEqual({ size: 0 })
      expect((await target.read('empty', 0))?.bytes).toHaveLength(0)
    })

    test('more bytes than the limit are an error', async () => {
      await place.put('one.list', text('signed'))
      await expect(target.read('one.list', 5)).rejects.toSatisfy((error) =>
        isFault(error, 'target-too-large'),
      )
    })

    test('the tag tells versions apart, and is the same for every reader', async () => {
      await place.put('one.list', text('first'))
      const first = await target.read('one.list', 100)
      expect((await (await open()).read('one.list', 100))?.tag).toBe(first?.tag)
      await place.put('one.list', text('other'))
      expect((await target.read('one.list', 100))?.tag).not.toBe(first?.tag)
    })
  })

  describe(`${name}: bytes`, () => {
    const whole = Buffer.concat(noise(9_000_001))
    const reading = async (one: Target, key: string) => {
      const bytes = await one.bytes(key)
      if (!bytes) throw new Error(`${key} is not there`)
      return bytes
    }

    test('absent is a value, in a folder that is missing too; an empty file is none', async () => {
      await place.put('images/empty.raw', text(''))
      expect(await target.bytes('nothing')).toBeNull()
      expect(await target.bytes('no/such/folder/nothing')).toBeNull()
      expect(await all(await reading(target, 'images/empty.raw'))).toHaveLength(0)
    })

    test('gives all of a large file, in pieces', async () => {
      await place.put('images/one.raw', whole)
      const lengths: number[] = []
      const bytes = await all(await reading(target, 'images/one.raw'), ({ length }) => lengths.push(length))
      expect(bytes.equals(whole)).toBe(true)
      expect(Math.max(...lengths)).toBeLessThanOrEqual(4 * 1024 * 1024)
    })

    test('may be left off, again and again: the target goes on, and is closed in time', async () => {
      await place.put('images/one.raw', whole)
      const one = await place.open()
      const enough = new Error('the reader has seen enough')
      for (let round = 0; round < 6; round++) {
        expect(await glimpse(await reading(one, 'images/one.raw'))).toBeGreaterThan(0)
        const failed = all(await reading(one, 'images/one.raw'), () => {
          throw enough
        })
        await expect(failed).rejects.toBe(enough)
      }
      expect((await all(await reading(one, 'images/one.raw'))).equals(whole)).toBe(true)
      expect(await glimpse(await reading(one, 'images/one.raw'))).toBeGreaterThan(0)
      await one.close()
    })

    test('many are read at once, and written again meanwhile', async () => {
      await place.put('images/old.raw', whole)
      const readings = await Promise.all(Array.from({ length: 6 }, () => reading(target, 'images/old.raw')))
      const writes = readings.map((bytes, at) => {
        const digest = { sha512: sha512(whole), size: whole.length }
        const source = { ...sourceOf(bytes, { size: whole.length }), foretell: () => Promise.resolve(digest) }
        return target.write(`images/~${at}.partial`, source, () => `images/${at}.raw`)
      })
      expect(await Promise.all(writes)).toEqual(readings.map(() => ({ size: whole.length })))
      expect((await place.files()).get('images/5.raw')?.equals(whole)).toBe(true)
    })
  })

  describe(`${name}: write`, () => {
    test('gives the final name to all bytes, and leaves nothing else', async () => {
      const chunks = noise(3_000_001)
      const stat = await target.write(PARTIAL, sourceOf(chunks, { size: 3_000_001 }), finalKey)
      expect(stat).toEqual({ size: 3_000_001 })
      const [key, ...others] = await names()
      expect(others).toEqual([])
      expect(key).toMatch(/^images\/one_[0-9a-f]{16}\.raw$/)
      expect((await place.files()).get(key ?? '')?.equals(Buffer.concat(chunks))).toBe(true)
      expect(await target.stat(key ?? '')).toEqual({ size: 3_000_001 })
    })

    test('takes a source of unknown size, and an empty one', async () => {
      expect(await target.write(PARTIAL, sourceOf([text('abc')]), finalKey)).toEqual({ size: 3 })
      expect(await target.write(PARTIAL, sourceOf([]), finalKey)).toEqual({ size: 0 })
      expect(await names()).toHaveLength(2)
    })

    test('makes the folders that are missing', async () => {
      await target.write('a/b/c/~x.partial', sourceOf([text('x')]), () => 'a/b/c/x.raw')
      expect(await names()).toEqual(['a/b/c/x.raw'])
    })

    test('the same bytes again are a success', async () => {
      await target.write(PARTIAL, sourceOf([text('abc')]), finalKey)
      expect(await target.write(PARTIAL, sourceOf([text('abc')]), finalKey)).toEqual({ size: 3 })
      expect(await names()).toHaveLength(1)
    })

    test.each([
      ['of the same size', 'abd'],
      // The beginning of the same bytes, where nothing is staged, is what a broken upload left.
      ['that is shorter', stages ? 'ab' : 'xy'],
      ['that is longer', 'abcd'],
    ])('never goes over another file, %s', async (_, there) => {
      await place.put('images/taken.raw', text(there))
      await expect(
        target.write(PARTIAL, sourceOf([text('abc')]), () => 'images/taken.raw'),
      ).rejects.toSatisfy((error) => isFault(error, 'target-occupied'))
      expect(await names()).toEqual(['images/taken.raw'])
      expect(await content('images/taken.raw')).toBe(there)
    })

    test('a source that fails leaves nothing, and its own error', async () => {
      const fail = new Error('the pin does not match')
      const source = sourceOf(noise(2_000_000), { fail })
      await expect(target.write(PARTIAL, source, finalKey)).rejects.toBe(fail)
      // Where nothing is staged, all bytes may have arrived: then the file is as its name says.
      const isRight = ([key, bytes]: readonly [string, Buffer]) =>
        !stages && key === finalKey({ sha512: sha512(bytes), size: bytes.length })
      if (removes) expect([...(await place.files())].filter((file) => !isRight(file))).toEqual([])
    })

    if (stages) {
      test('what a killed run staged is cleared up, longer or shorter', async () => {
        await place.put(PARTIAL, text('what was staged before is longer'))
        await target.write(PARTIAL, sourceOf([text('abc')]), finalKey)
        const [key, ...others] = await names()
        expect(others).toEqual([])
        expect(await content(key ?? '')).toBe('abc')
      })
    }

    if (stages) {
      test('two at once under one staged name: each succeeds or is refused, and the file is right', async () => {
        const chunks = noise(4_000_000)
        const writers = await Promise.all(Array.from({ length: 4 }, open))
        const results = await Promise.allSettled(
          writers.map((one) => one.write(PARTIAL, sourceOf(chunks), finalKey)),
        )
        const refused = results.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))
        expect(refused.length).toBeLessThan(4)
        expect(refused.filter((error) => !isFault(error, 'target-busy'))).toEqual([])
        const [key, ...others] = await names()
        expect(others).toEqual([])
        expect((await place.files()).get(key ?? '')?.equals(Buffer.concat(chunks))).toBe(true)
      })
    }

    test('many images at once do not disturb each other', async () => {
      const writes = Array.from({ length: 12 }, (_, at) =>
        target.write(`images/~${at}.partial`, sourceOf([text(`image ${at}`)]), () => `images/${at}.raw`),
      )
      await Promise.all(writes)
      expect(await names()).toHaveLength(12)
      expect(await content('images/11.raw')).toBe('image 11')
    })
  })

  describe(`${name}: swap`, () => {
    test('publishes what was not there, and gives the tag that a reader sees', async () => {
      const tag = await target.swap('lists/one.list', text('first'), null)
      expect((await target.read('lists/one.list', 100))?.tag).toBe(tag)
      expect(await names()).toEqual(['lists/one.list'])
    })

    test('replaces what was seen, by longer, shorter and equal bytes', async () => {
      let tag = await target.swap('one.list', text('first'), null)
      for (const next of ['a longer second', 'third', 'third', '']) {
        tag = await target.swap('one.list', text(next), tag)
        expect(await content('one.list')).toBe(next)
      }
      expect(await names()).toEqual(['one.list'])
    })

    test('what somebody else put there meanwhile stays', async () => {
      const seen = await target.swap('one.list', text('first'), null)
      await place.put('one.list', text('theirs'))
      for (const expected of [seen, null]) {
        await expect(target.swap('one.list', text('ours'), expected)).rejects.toSatisfy((error) =>
          isFault(error, 'target-conflict'),
        )
      }
      expect(await content('one.list')).toBe('theirs')
      expect(await names()).toEqual(['one.list'])
    })

    if (removes) {
      test('what was seen and is gone is a conflict, not a first publication', async () => {
        const seen = await target.swap('one.list', text('first'), null)
        await target.remove('one.list')
        await expect(target.swap('one.list', text('second'), seen)).rejects.toSatisfy((error) =>
          isFault(error, 'target-conflict'),
        )
        expect(await names()).toEqual([])
      })
    }

    if (swaps) {
      test('of eight racers exactly one wins, for every tag, the first publication too', async () => {
        const racers = await Promise.all(Array.from({ length: 8 }, open))
        let tag: Tag | null = null
        for (let round = 0; round < 5; round++) {
          const expected: Tag | null = tag
          const results: PromiseSettledResult<Tag>[] = await Promise.allSettled(
            racers.map((one, at) => one.swap('one.list', text(`round ${round} of ${at}`), expected)),
          )
          const won = results.flatMap((one, at) =>
            one.status === 'fulfilled' ? [{ at, tag: one.value }] : [],
          )
          const lost = results.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))
          expect(won).toHaveLength(1)
          expect(lost.every((error) => isFault(error, 'target-conflict'))).toBe(true)
          expect(await content('one.list')).toBe(`round ${round} of ${won[0]?.at ?? ''}`)
          tag = won[0]?.tag ?? null
        }
        expect(await names()).toEqual(['one.list'])
      })
    }

    if (whole) {
      test('a reader sees one whole list or another, never a half and never none', async () => {
        const lists = ['a', 'b'].map((letter) => Buffer.alloc(200_000, letter))
        let tag = await target.swap('one.list', lists[0] ?? text(''), null)
        const reader = await open()
        const state = { swapping: true }
        const swaps = (async () => {
          for (let at = 1; at <= rounds; at++)
            tag = await target.swap('one.list', lists[at % 2] ?? text(''), tag)
        })().finally(() => {
          state.swapping = false
        })
        while (state.swapping) {
          const seen = await reader.read('one.list', 1_000_000)
          expect(lists.some((list) => seen && list.equals(seen.bytes))).toBe(true)
        }
        await swaps
      })
    }
  })

  describe(`${name}: remove and keys`, () => {
    if (removes) {
      test('removes; absent is success', async () => {
        await place.put('images/old.raw', text('old'))
        await target.remove('images/old.raw')
        expect(await target.stat('images/old.raw')).toBeNull()
        await target.remove('images/old.raw')
        await target.remove('no/such/folder/old.raw')
        expect(await names()).toEqual([])
      })
    }

    test.each([
      '',
      '../out',
      'a/../../out',
      '/etc/out',
      'a//b',
      '.hidden',
      'a/.b',
      'a\0b',
      'a\\b',
      './a',
      'a/',
    ])('a key that could leave the target is refused: %j', async (key) => {
      const attempts = [
        target.stat(key),
        target.read(key, 10),
        target.bytes(key),
        target.write(key, sourceOf([text('x')]), () => 'x'),
        target.write('~x', sourceOf([text('x')]), () => key),
        target.swap(key, text('x'), null),
        target.remove(key),
      ]
      const results = await Promise.allSettled(attempts)
      expect(results.map(({ status }) => status)).toEqual(attempts.map(() => 'rejected'))
      expect(await names()).toEqual([])
    })

    test('every failure is one of the catalogue', async () => {
      const error: unknown = await target.stat('../out').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(VmcastError)
    })
  })
}
