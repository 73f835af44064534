import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Surroundings } from '../../src/model.ts'
import { makeAuthority } from '../pki.ts'
import { makeSampleRepository, type Sample } from '../sample-repository.ts'
import type { Subject } from './measure.ts'

export const GIB = 1024 ** 3
const CLI = join(import.meta.dirname, '../../dist/cli.js')

/** Subjects that belong together, the first being the yardstick; figures are held against the limits. */
export interface Comparison {
  readonly name: string
  readonly subjects: readonly Subject[]
  readonly limits: readonly Limit[]
  /** Ends what was started for it. */
  readonly stop?: () => Promise<void>
}

/** A figure that the project promises. */
export interface Limit {
  readonly subject: string
  readonly what: 'seconds' | 'ratio' | 'extra seconds' | 'MB'
  readonly most: number
}

/** A repository with certificate and key, as `sample` says. */
export async function repositoryOf(scratch: string, name: string, sample: Sample): Promise<string> {
  const folder = join(scratch, name)
  await makeSampleRepository(folder, sample)
  await makeAuthority(join(folder, 'pki'))
  return folder
}

/** A file that does not compress. */
export const writeNoise = (path: string, size: number): Promise<void> =>
  pipeline(noise(size), createWriteStream(path))

function* noise(size: number): Generator<Uint8Array> {
  for (let left = size; left > 0; left -= 1 << 20) yield randomBytes(Math.min(left, 1 << 20))
}

/** A run of the command line in a repository. */
export const vmcast = (
  scratch: string,
  cwd: string,
  ...args: string[]
): Pick<Subject, 'command' | 'cwd' | 'env'> => ({
  command: [process.execPath, CLI, ...args],
  cwd,
  env: { XDG_CACHE_HOME: join(scratch, 'cache') },
})

/** Surroundings in which nothing is said, and nobody asked. */
export const quiet = (scratch: string): Surroundings => ({
  env: {},
  home: scratch,
  cache: join(scratch, 'cache'),
  now: () => new Date(),
  progress: { step: () => undefined, task: () => ({ advance: () => undefined, end: () => undefined }) },
  signal: new AbortController().signal,
  askPassphrase: () => Promise.reject(new Error('the key of a benchmark has no passphrase')),
})
