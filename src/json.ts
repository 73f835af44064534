import type { Json, JsonObject } from './model.ts'

/** Looking into JSON values: what is missing, or of another type, is no error here. */

/** Keys and indices that lead from a value to one inside it. */
export type Path = readonly (string | number)[]

/** Whether a value is a JSON object, and neither null nor an array. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isArray(value)

/** Array.isArray, which does not narrow a readonly array out of a union. */
export const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** The value itself if it is an object; else an empty one. */
export const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

/** A key's value; null if it is missing. */
export const get = (object: JsonObject, key: string): Json =>
  Object.hasOwn(object, key) ? (object[key] ?? null) : null

/** A key's value if it is text; else null. */
export function textOf(object: JsonObject, key: string): string | null {
  const value = get(object, key)
  return typeof value === 'string' ? value : null
}
