import { fault } from '../../errors.ts'
import type { Path } from '../../json.ts'
import { oddities, readJson } from '../../list/json-text.ts'
import { isObject } from '../../json.ts'
import type { Json } from '../../model.ts'

/**
 * Whether a key can stand in a YAML file and be published from there, as their schemas say it. One without a
 * namespace would instruct vmcast instead (design, principle 7).
 */
export const hasNamespace = (key: string): boolean => /^[A-Za-z][A-Za-z0-9._-]*:[!-~]+$/.test(key)

/**
 * What a list's JSON text says and YAML files cannot keep, a sentence each. Throws `list-malformed` for a
 * number that no double holds even nearly.
 */
export function losses(content: string): readonly string[] {
  const strays = [...strayKeys(readJson(content))]
  return [
    ...strays.map((path) => `${show(path)} is left out: it has no namespace, or no place in the format.`),
    ...oddities(content).map(({ path, number }) => {
      if (number === null) return `${show(path)} is given twice: the last one counts, as for subscribers.`
      const kept = Number(number)
      if (!Number.isFinite(kept)) throw fault('list-malformed', { reason: `${show(path)} is out of range` })
      return `${show(path)} is ${number}, which cannot be kept exactly: it is now ${kept}.`
    }),
  ]
}

/** Keys around the list and around its images, and keys without a namespace on them. */
function* strayKeys(whole: Json): Generator<Path> {
  if (!isObject(whole)) return
  const { 'hv:imagelist': list, ...around } = whole
  yield* Object.keys(around).map((key) => [key])
  if (!isObject(list)) return
  const { 'hv:images': images, ...keys } = list
  yield* withoutNamespace(keys, ['hv:imagelist'])
  if (!Array.isArray(images)) return
  for (const [index, entry] of (images as readonly Json[]).entries()) {
    if (!isObject(entry)) continue
    const { 'hv:image': image, ...beside } = entry
    const path = ['hv:imagelist', 'hv:images', index]
    yield* Object.keys(beside).map((key) => [...path, key])
    if (isObject(image)) yield* withoutNamespace(image, [...path, 'hv:image'])
  }
}

const withoutNamespace = (keys: object, path: Path): readonly Path[] =>
  Object.keys(keys)
    .filter((key) => !hasNamespace(key))
    .map((key) => [...path, key])

const show = (path: Path): string => path.join('/')
