import { fault } from '../errors.ts'
import { textOf } from '../json.ts'
import type { DesiredList, KnownVersion, PublishedList } from '../model.ts'
import { compareVersions, FIRST_VERSION, isLeap } from './version.ts'

/**
 * What is known of a version above the one that is out there: somebody put an older list back, whose signature is
 * still good, or took the list away. Null if what is out there is the highest that is known.
 */
export function rollback({ keys }: PublishedList, known: KnownVersion | undefined): KnownVersion | null {
  const version = textOf(keys, 'hv:version')
  return known && (version === null || compareVersions(known.version, version) > 0) ? known : null
}

/** The higher of two; the first where they rank the same. */
export const higher = (one: KnownVersion | null, other: KnownVersion): KnownVersion =>
  one && compareVersions(one.version, other.version) >= 0 ? one : other

/** What every command says of it; `there`: the version that is out there. */
export function rollbackText(there: string | null, { version, by }: KnownVersion): string {
  const found = there === null ? 'no version is' : `the older version ${there} is`
  const who = by === 'history' ? 'its history proves' : 'a tag of this repository says'
  return `rolled-back: ${who} that version ${version} was published, but ${found} out there. Somebody put it back, or a cache still serves it.`
}

/**
 * Versions never fall again: above one that no publications can have led to, nothing is published, until somebody says
 * in YAML that it is meant. Throws `version-leap`.
 */
export function checkLeap(
  { name, keys }: DesiredList,
  published: PublishedList,
  { version, by }: KnownVersion,
): void {
  const floor = textOf(keys, 'hv:version')
  if (floor !== null && compareVersions(floor, version) >= 0) return
  const there = textOf(published.keys, 'hv:version')
  if ([there ?? FIRST_VERSION, floor].some((from) => from !== null && !isLeap(from, version))) return
  throw fault('version-leap', { name, there, version, by })
}
