import type { Compression, DesiredImage, Digest, JsonObject } from './model.ts'

/** What follows from an image's keys alone. */

const EXTENSION = /^[a-z0-9]+(\.[a-z0-9]+)*$/

/** How vmcast compresses a file whose bytes are not compressed so yet: by the last part of `hv:format`. */
export const compressionOf = (keys: JsonObject): Compression => compressionIn(formatOf(keys))

/** The same, of a format in lower case. */
export function compressionIn(format: string): Compression {
  const last = format.split('.').at(-1)
  return last === 'gz' || last === 'bz2' ? last : null
}

/** The name that an image's file is published under: never reused for other bytes. */
export function fileName({ identifier, keys }: DesiredImage, { sha512 }: Digest): string {
  const format = formatOf(keys)
  return `${identifier}_${sha512.slice(0, 16)}.${EXTENSION.test(format) ? format : 'img'}`
}

/** `hv:format` in lower case (subscribers know both cases); empty if there is none. */
export function formatOf(keys: JsonObject): string {
  const format = keys['hv:format']
  return typeof format === 'string' ? format.toLowerCase() : ''
}
