import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { expectContract } from './judged.ts'
import { sha256 } from '../../src/sums.ts'
import { subscribe } from './subscriber.ts'

const PREFIX = 'https://images.example.org/'
const LIST = /^lists\/list-\d+\.list$/
const HISTORY = /^lists\/list-\d+\.list\.history\/(?:head\.json|[\d.]+_([0-9a-f]{16})\.(?:json|p7m))$/
const IMAGE = /^images\/[0-9a-f-]{36}_([0-9a-f]{16})\.raw$/

/** What lies at a place, by key. */
export type Files = ReadonlyMap<string, Buffer>

/** What is published: lists by their keys, each with its version and the keys of its images. */
export type Published = ReadonlyMap<string, { readonly version: string; readonly images: readonly string[] }>

/**
 * The lists that are there. Each verifies with openssl, all that it names is there, of the
 * size and sum that it says, its record and its copy lie beside it, and whatever has a final name is what that says. `before`: what lay there
 * earlier, whose subscribers must be able to follow.
 */
export async function soundLists(files: Files, pki: string, before: Files = new Map()): Promise<Published> {
  for (const [key, bytes] of files) {
    const start = IMAGE.exec(key)?.[1]
    if (start !== undefined) expect(sha512(bytes).slice(0, 16), key).toBe(start)
    if (HISTORY.test(key)) expectKept(key, bytes)
  }
  const lists = [...files]
    .filter(([key]) => LIST.test(key))
    .map(async ([key, bytes]) => {
      const { version, images } = await subscribe(bytes, `${pki}/ca`)
      expectContract(bytes, before.get(key))
      const stem = `${key}.history/${version}_${sha256(bytes).slice(0, 16)}`
      expect(files.get(`${stem}.p7m`)).toEqual(bytes)
      expect(files.has(`${stem}.json`)).toBe(true)
      for (const { uri, size, sha512: sum } of images) {
        const image = files.get(uri.slice(PREFIX.length))
        expect({ uri, size: image?.length, sum: image && sha512(image) }).toEqual({ uri, size, sum })
      }
      return [key, { version, images: images.map(({ uri }) => uri.slice(PREFIX.length)) }] as const
    })
  return new Map(await Promise.all(lists))
}

/** A file of a history is whole, wherever the run that wrote it died. */
function expectKept(key: string, bytes: Buffer): void {
  if (key.endsWith('.p7m')) expect(sha256(bytes).slice(0, 16), key).toBe(HISTORY.exec(key)?.[1])
  else expect(() => JSON.parse(bytes.toString()) as unknown, key).not.toThrow()
}

/** Names of what is neither a list, nor of its history, nor an image. */
export const litterOf = (files: Files): string[] =>
  [...files.keys()].filter((key) => ![LIST, HISTORY, IMAGE].some((form) => form.test(key)))

const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex')
