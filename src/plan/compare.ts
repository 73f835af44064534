import { get, isArray, isObject } from '../json.ts'
import type { Json, JsonObject, KeyChange } from '../model.ts'

/** One text for equal values, whatever the order of their keys; a number and its text stay different. */
export function canonical(value: Json): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

export const isEqual = (a: Json, b: Json): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))

/** The keys whose values differ, sorted; a key that is missing on one side is null there. */
export function keyChanges(from: JsonObject, to: JsonObject): KeyChange[] {
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key))
  const other = Object.keys(to).filter(
    (key) => !Object.hasOwn(from, key) || !isEqual(get(from, key), get(to, key)),
  )
  return [...gone, ...other].sort().map((key) => ({ key, from: get(from, key), to: get(to, key) }))
}

/** The object without some of its keys. */
export const omit = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
