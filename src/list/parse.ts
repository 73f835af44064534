import { fault } from '../errors.ts'
import type { Json, JsonObject, PublishedList } from '../model.ts'
import { readJson } from './json.ts'

/**
 * The values of a list's JSON text. Lenient: whatever a predecessor published is read, as long as it has
 * the shape of a list; what is missing or odd in it is for the schema and the profiles to say.
 * Throws `list-malformed`.
 */
export function parse(content: string): PublishedList {
  const { 'hv:images': wrapped = [], ...keys } = object(
    object(readJson(content), 'it')['hv:imagelist'],
    'hv:imagelist',
  )
  if (!Array.isArray(wrapped)) throw malformed('hv:images is not an array')
  const images = (wrapped as readonly Json[]).map((entry, index) =>
    object(object(entry, `hv:images[${index}]`)['hv:image'], `hv:images[${index}]/hv:image`),
  )
  return { keys, images }
}

/** A key's value if it is text, else an empty text: for keys that every list has. */
export function text(keys: JsonObject, key: string): string {
  const value = Object.hasOwn(keys, key) ? keys[key] : undefined
  return typeof value === 'string' ? value : ''
}

function object(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value
  throw malformed(`${what} is ${value === undefined ? 'missing' : 'not an object'}`)
}

/** Whether a value is a JSON object, and neither null nor an array. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const malformed = (reason: string) => fault('list-malformed', { reason })
