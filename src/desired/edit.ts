import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml'
import { fault } from '../errors.ts'
import { isObject } from '../json.ts'
import type { Json } from '../model.ts'
import { readYaml } from './yaml.ts'

/**
 * The YAML text with `key` of the top-level mapping `parent` set to `value`, a plain word; every other
 * character stays as it is. Throws `yaml-not-editable` where that cannot be done and be seen to be right.
 */
export function setEntry(text: string, parent: string, key: string, value: string): string {
  const before = readYaml(text).value
  // The library may only be given what our reader has found to be harmless.
  const mapping = before === undefined ? undefined : parseDocument(text).get(parent)
  const edited = isMap(mapping) ? edit(text, mapping, key, value) : null
  const after = edited === null ? undefined : readYaml(edited).value
  if (edited === null || !isDeepStrictEqual(after, withEntry(before, parent, key, value)))
    throw fault('yaml-not-editable', { entry: `${parent}.${key}`, value })
  return edited
}

function edit(text: string, mapping: YAMLMap, key: string, value: string): string | null {
  const present = mapping.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
  if (present) {
    const range = isScalar(present.value) ? present.value.range : null
    return range ? text.slice(0, range[0]) + value + text.slice(range[1]) : null
  }
  const last = mapping.items.at(-1)
  const [from] = (isScalar(last?.key) && last.key.range) || []
  const [, end] = (isScalar(last?.value) && last.value.range) || []
  if (from === undefined || end === undefined) return null
  if (mapping.flow) return `${text.slice(0, end)}, ${key}: ${value}${text.slice(end)}`
  const indent = text.slice(text.lastIndexOf('\n', from) + 1, from)
  // After the whole line: what stands behind the last value is that value's comment.
  const lineEnd = end + text.slice(end).search(/\r?\n|$/)
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  return `${text.slice(0, lineEnd)}${newline}${indent}${key}: ${value}${text.slice(lineEnd)}`
}

/** What the edited text must say: everything that it said, and the new entry. */
function withEntry(before: Json | undefined, parent: string, key: string, value: string): Json | undefined {
  const inner = isObject(before) ? before[parent] : undefined
  return isObject(before) && isObject(inner) ? { ...before, [parent]: { ...inner, [key]: value } } : undefined
}
