import { createHash, randomBytes } from 'node:crypto'
import type { Client } from './client.ts'
import { ALGORITHMS, sumBy, type Algorithm } from './evidence.ts'
import { folderOf, type Files } from './files.ts'

/** What a server was seen to do. */
export interface Ability {
  /** PUT with Content-Range writes into a file, and does not replace it. */
  readonly ranges: boolean
  /** The sum that it says of a file when it is asked. */
  readonly algorithm: Algorithm | null
}

/** What is done with a file that is too small to ask. */
export const NONE: Ability = { ranges: false, algorithm: null }

/**
 * Finds out by a small file of our own, beside `key`, and removes it again. A server that does not know
 * Content-Range must refuse it (RFC 9110, section 14.5), but many just write what came: nothing is believed that
 * was not seen.
 */
export async function probe(client: Client, files: Files, key: string): Promise<Ability> {
  const name = `${folderOf(key)}~vmcast.probe`
  const bytes = randomBytes(64)
  try {
    await files.remove(name)
    const ranges = await takesRanges(client, files, name, bytes)
    if (!ranges) await files.put(name, bytes, {})
    return { ranges, algorithm: await knownAlgorithm(files, name, bytes) }
  } finally {
    await files.remove(name)
  }
}

async function takesRanges(client: Client, files: Files, name: string, bytes: Uint8Array): Promise<boolean> {
  for (const [start, end] of [
    [0, 40],
    [40, bytes.length],
  ] as const) {
    const headers = { 'content-range': rangeOf(start, end, bytes.length), 'content-length': end - start }
    const answer = await client.ask('PUT', name, { headers, body: () => [bytes.subarray(start, end)] })
    answer.drop()
    if (![200, 201, 204].includes(answer.status)) return false
  }
  const there = await files.sum(name)
  return there?.sha512 === createHash('sha512').update(bytes).digest('hex')
}

async function knownAlgorithm(files: Files, name: string, bytes: Uint8Array): Promise<Algorithm | null> {
  const said = await files.digests(name)
  return ALGORITHMS.find((algorithm) => said.get(algorithm) === sumBy(algorithm, bytes)) ?? null
}

/** The header Content-Range; `end` is the place behind the last byte, `size` null where nobody knows it yet. */
export const rangeOf = (start: number, end: number, size: number | null): string =>
  `bytes ${start}-${end - 1}/${size ?? '*'}`
