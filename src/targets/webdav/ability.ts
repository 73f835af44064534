import { createHash, randomBytes } from 'node:crypto'
import type { Client } from './client.ts'
import { ALGORITHMS, sumBy, type Algorithm } from './evidence.ts'
import type { Files } from './files.ts'

/** What a server was seen to do. */
export interface Ability {
  /** PUT with Content-Range writes into a file, and does not replace it. */
  readonly ranges: boolean
  /** The sum that it says of a file when it is asked. */
  readonly algorithm: Algorithm | null
}

/** What is done with a file that is too small to ask. */
export const NONE: Ability = { ranges: false, algorithm: null }

/** Bytes that are enough to see what a server does with them. */
const TRIAL = 64

/**
 * Finds out by some bytes that it leaves at `key`, a staged name that is about to be written to. A server that
 * does not know Content-Range must refuse it (RFC 9110, section 14.5), but many just write what came: nothing
 * is believed that was not seen.
 */
export async function probe(client: Client, files: Files, key: string): Promise<Ability> {
  const bytes = randomBytes(TRIAL)
  await files.put(key, bytes, {})
  const said = await files.digests(key, TRIAL)
  const algorithm = ALGORITHMS.find((one) => said.get(one) === sumBy(one, bytes)) ?? null
  const others = randomBytes(TRIAL / 4)
  if (!(await takes(client, key, others, TRIAL / 2, TRIAL))) return { ranges: false, algorithm }
  bytes.set(others, TRIAL / 2)
  const there = await files.sum(key, TRIAL)
  return { ranges: there?.sha512 === createHash('sha512').update(bytes).digest('hex'), algorithm }
}

/**
 * Whether a PUT with Content-Range writes into the file of `size` bytes that an earlier run left at `key`: its
 * first bytes are sent again. It stays what it was, unless the server replaces it: then nobody could go on with it.
 */
export async function writesInto(client: Client, files: Files, key: string, size: number): Promise<boolean> {
  const first = await files.range(key, 0, Math.min(size, TRIAL))
  return (await takes(client, key, first, 0, size)) && (await files.stat(key))?.size === size
}

async function takes(
  client: Client,
  key: string,
  bytes: Uint8Array,
  start: number,
  size: number,
): Promise<boolean> {
  const headers = {
    'content-range': rangeOf(start, start + bytes.length, size),
    'content-length': bytes.length,
  }
  const answer = await client.ask('PUT', key, { headers, body: () => [bytes] })
  answer.drop()
  return [200, 201, 204].includes(answer.status)
}

/** The header Content-Range; `end` is the place behind the last byte, `size` null where nobody knows it yet. */
export const rangeOf = (start: number, end: number, size: number | null): string =>
  `bytes ${start}-${end - 1}/${size ?? '*'}`
