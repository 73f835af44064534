import { fault } from '../errors.ts'
import type { Path } from '../json.ts'
import type { Json } from '../model.ts'

/** No list nests deeper; what does would only exhaust memory or the stack of whoever walks it. */
const DEEPEST = 64

/** The values of a JSON text. Throws `list-malformed`, also for one that nests too deep to be a list. */
export function readJson(content: string): Json {
  // Before JSON.parse: it takes gigabytes for a few megabytes of brackets.
  if (nestsTooDeep(content))
    throw fault('list-malformed', { reason: `it nests deeper than ${DEEPEST} levels` })
  try {
    // JSON.parse gives JSON values; its type says `any`.
    return JSON.parse(content) as Json
  } catch (error) {
    throw fault('list-malformed', { reason: 'it is not JSON' }, error)
  }
}

function nestsTooDeep(json: string): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = endOfString(json, at) - 1
    else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    if (depth > DEEPEST) return true
  }
  return false
}

/** What a JSON text says, and its values do not: a key given twice, or a number that they cannot hold. */
export interface Oddity {
  readonly path: Path
  /** The number as it is written; null for a key given twice, of which the last counts. */
  readonly number: string | null
}

/** Walks a text that `readJson` has read. */
export function oddities(content: string): readonly Oddity[] {
  const found: Oddity[] = []
  const frames: { keys: Set<string> | null; at: string | number }[] = []
  let previous = ''
  for (const token of tokens(content)) {
    const frame = frames.at(-1)
    const path = () => frames.map(({ at }) => at)
    if (token === '{') frames.push({ keys: new Set(), at: '' })
    else if (token === '[') frames.push({ keys: null, at: 0 })
    else if (token === '}' || token === ']') frames.pop()
    else if (token === ',' && typeof frame?.at === 'number') frame.at++
    else if (frame?.keys && (previous === '{' || previous === ',') && token !== ',') {
      frame.at = String(JSON.parse(token))
      if (frame.keys.has(frame.at)) found.push({ path: path(), number: null })
      frame.keys.add(frame.at)
    } else if (/^[-\d]/.test(token) && !isExact(token)) found.push({ path: path(), number: token })
    previous = token
  }
  return found
}

function* tokens(json: string): Generator<string> {
  const word = /[^\s"{}[\],:]+/y
  for (let at = 0; at < json.length;) {
    const char = json[at] ?? ''
    word.lastIndex = at
    const token = char === '"' ? json.slice(at, endOfString(json, at)) : (word.exec(json)?.[0] ?? char)
    if (token.trim() !== '') yield token
    at += token.length
  }
}

/** Where the string that begins at `start` has ended: the index after its closing quote. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

/** Whether a double holds the number as it is written: no digit lost, not out of range. */
const isExact = (written: string): boolean => digits(written) === digits(String(Number(written)))

/** The significant digits of a decimal number; its magnitude is nothing that a double rounds. */
const digits = (decimal: string): string =>
  decimal
    .replace(/e.*$/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '')
