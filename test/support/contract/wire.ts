import type { SignedForm } from './signed-form.ts'

export type Keys = Readonly<Record<string, unknown>>

/** What a signed list says. */
export interface Wire {
  /** Keys of the outermost object: there should be one. */
  readonly outermost: readonly string[]
  readonly list: Keys
  readonly images: readonly Keys[]
}

/** Throws an Error if the signed part is not JSON in UTF-8. */
export function readWire({ part }: SignedForm): Wire {
  const bytes = Buffer.from(part.join('\n'), 'latin1')
  const outer = keysOf(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)))
  const list = keysOf(outer['hv:imagelist'])
  const images = Array.isArray(list['hv:images']) ? (list['hv:images'] as unknown[]) : []
  return {
    outermost: Object.keys(outer),
    list,
    images: images.map((entry) => keysOf(keysOf(entry)['hv:image'])),
  }
}

/** The object itself; an empty one in the place of anything else. */
export const keysOf = (value: unknown): Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Keys) : {}

/** A key's value if it is text, else nothing. */
export const textOf = (keys: Keys, key: string): string => {
  const value = keys[key]
  return typeof value === 'string' ? value : ''
}
