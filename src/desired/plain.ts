import type { JsonObject } from '../model.ts'

/** One `key: value` on a line of its own; the value is a plain word or words, quoted text, or missing. */
const KEY = /(?<key>[A-Za-z]\w*(?::\w+)*):/
const PLAIN = /(?<plain>[A-Za-z0-9/.](?:[^\s:#]|:(?=\S)|(?<=\S)#| +(?=[^\s#]))*)/
const QUOTED = /"(?<double>[^"\\]*)"|'(?<single>[^']*)'/
const COMMENT = /(?: +#.*)?/
const ENTRY = new RegExp(
  `^(?<indent> *)${KEY.source}(?: +(?:${PLAIN.source}|${QUOTED.source}))? *${COMMENT.source}$`,
  'u',
)
const NOTHING = /^ *(?:#.*)?$/

/** Plain words that the core schema takes for something else than text, and a few more. */
const NO_TEXT = /^(?:[-+]?(?:\.?[0-9][0-9.]*(?:e[-+]?[0-9]+)?|\.inf|\.nan|0[xo].*)|null|true|false)$/i

interface Level {
  readonly indent: number
  readonly entries: Map<string, string | Level>
  /** The key whose value has yet to come: nested entries, further in. */
  open: string | null
}

/**
 * The values of a YAML text in the form that most content files have: a text on each line, nested by
 * indentation. Null for every other text, right or wrong, which is then for the whole parser to read;
 * where this gives values, that one gives the same, and takes ten times as long.
 */
export function readPlain(text: string): JsonObject | null {
  const top: Level = { indent: 0, entries: new Map(), open: null }
  let levels = [top]
  for (const line of text.split('\n')) {
    if (NOTHING.test(line)) continue
    const { indent, key, plain, double, single } = ENTRY.exec(line)?.groups ?? {}
    if (indent === undefined || key === undefined || (plain !== undefined && NO_TEXT.test(plain))) return null
    levels = enter(levels, indent.length)
    const level = levels.at(-1)
    if (!level || level.open !== null || level.entries.has(key)) return null
    const value = plain ?? double ?? single
    if (value === undefined) level.open = key
    else level.entries.set(key, value)
  }
  return enter(levels, 0).length === 1 && top.open === null && top.entries.size > 0 ? toObject(top) : null
}

/** The levels that a line with this indent stands in; none if it fits nowhere. */
function enter(levels: Level[], indent: number): Level[] {
  const level = levels.at(-1)
  if (level?.open != null && indent > level.indent) {
    const inner: Level = { indent, entries: new Map(), open: null }
    level.entries.set(level.open, inner)
    level.open = null
    return [...levels, inner]
  }
  const outer = levels.filter((one) => one.indent <= indent)
  const dropped = levels.slice(outer.length)
  return outer.at(-1)?.indent === indent && dropped.every(({ open }) => open === null) ? outer : []
}

const toObject = ({ entries }: Level): JsonObject =>
  Object.fromEntries(
    Array.from(entries, ([key, value]) => [key, typeof value === 'string' ? value : toObject(value)]),
  )
