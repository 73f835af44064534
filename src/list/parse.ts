import { fault } from '../errors.ts'
import { isArray, isObject } from '../json.ts'
import type { Json, JsonObject, PublishedList } from '../model.ts'
import { readJson } from './json-text.ts'

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
  if (!isArray(wrapped)) throw malformed('hv:images is not an array')
  const images = wrapped.map((entry, index) =>
    object(object(entry, `hv:images[${index}]`)['hv:image'], `hv:images[${index}]/hv:image`),
  )
  return { keys, images }
}

function object(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value
  throw malformed(`${what} is ${value === undefined ? 'missing' : 'not an object'}`)
}

const malformed = (reason: string) => fault('list-malformed', { reason })
