import { fault } from '../errors.ts'

export const FIRST_VERSION = '0.0.1'

/** What is known of the versions that subscribers may have seen of one list, or of one image. */
export interface Past {
  readonly versions: readonly string[]
  /** There was a version, but it cannot be read any more. */
  readonly lost: boolean
}

/**
 * The order in which subscribers rank versions: negative if `a` ranks below `b`, 0 if they take them for
 * equal. Tokens are split at `- , . /`, and numbers compared as numbers; a number ranks above text, and
 * more tokens above fewer, so that `1.0.0-rc1` ranks above `1.0.0`.
 * Source: subscriber contract, "How subscribers treat versions".
 */
export const compareVersions = (a: string, b: string): number =>
  compareTokens(split(a, /([-,./])/), split(b, /([-,./])/), (left, right) =>
    compareTokens(split(left, /(\d+)/), split(right, /(\d+)/), (x, y) => (x < y ? -1 : 1)),
  )

/**
 * The version with its last number raised and all else kept: `0.0.9` → `0.0.10`, `0.0.1a` → `0.0.2a`.
 * It always ranks above. Null if it holds no number.
 */
export const raise = (version: string): string | null =>
  /\d/.test(version) ? version.replace(/(?<!\d)\d+(?=\D*$)/, (last) => String(BigInt(last) + 1n)) : null

/** What no number of a version rises by between two looks: one publication an hour for a year is fewer. */
const FARTHEST = 10_000n

/** Whether the version `to` is further above `from` than publications lead, or written in another way. */
export function isLeap(from: string, to: string): boolean {
  const [before, after] = [numbersOf(from), numbersOf(to)]
  const isFar = after.some((number, index) => number - (before[index] ?? 0n) > FARTHEST)
  return isFar || !(isPlain(to) || wordsOf(from) === wordsOf(to))
}

const numbersOf = (version: string): bigint[] => (version.match(/\d+/g) ?? []).map(BigInt)
const wordsOf = (version: string): string => version.replace(/\d+/g, '0')

/** The version that ranks highest; null of none. */
export const highest = (versions: readonly string[]): string | null =>
  versions.reduce<string | null>(
    (best, one) => (best !== null && compareVersions(best, one) >= 0 ? best : one),
    null,
  )

/**
 * The version to publish `name` with. Unchanged, it keeps the highest of its past; changed, it gets that
 * one raised; `floor` (from YAML) wins if it is higher. Throws `version-lost`, `version-without-number` or
 * `version-not-higher` where no sound version follows.
 */
export function nextVersion(name: string, past: Past, floor: string | null, changed: boolean): string {
  if (past.lost && floor === null) throw fault('version-lost', { name })
  const latest = highest(past.versions)
  const computed = latest === null ? (floor ?? FIRST_VERSION) : changed ? raise(latest) : latest
  const next = highest([computed, floor].filter((version) => version !== null))
  if (next !== null && next === latest && !changed) return next
  if (next === null || !/\d/.test(next)) {
    throw fault('version-without-number', { name, version: next ?? latest ?? '' })
  }
  // Subscribers take 1.01 for 1.1, so that their order has gaps: trust only what was compared.
  const rival = past.versions.find((version) => compareVersions(next, version) <= 0)
  if (rival !== undefined) throw fault('version-not-higher', { name, version: next, rival })
  return next
}

/** What to know of a version with a suffix; nothing for dotted numbers. */
export const versionWarnings = (name: string, version: string): string[] =>
  isPlain(version)
    ? []
    : [`The hv:version ${version} of ${name} is not dotted numbers: subscribers rank 1.0-rc1 above 1.0.`]

const isPlain = (version: string): boolean => /^\d+(\.\d+)*$/.test(version)
const isNumber = (token: string): boolean => /^\d+$/.test(token)

const split = (text: string, at: RegExp): string[] => text.split(at).filter((token) => token !== '')

function compareTokens(
  a: readonly string[],
  b: readonly string[],
  compareText: (left: string, right: string) => number,
): number {
  for (const [index, left] of a.entries()) {
    const right = b[index]
    if (right === undefined) return 1
    if (left === right) continue
    const numbers = Number(isNumber(left)) - Number(isNumber(right))
    if (numbers !== 0) return numbers
    if (isNumber(left)) return compareNumbers(BigInt(left), BigInt(right))
    const order = compareText(left, right)
    if (order !== 0) return order
  }
  return a.length - b.length
}

const compareNumbers = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
