import { Document, YAMLMap, visit } from 'yaml'
import type { Json } from '../model.ts'

/** One key of a YAML file. */
export interface Entry {
  readonly key: string
  readonly value: Json
  /** The line above it that explains it, or an empty text. */
  readonly comment: string
}

/** What cannot be seen, or not be written: controls, bidirectional marks, halves of characters, U+00A0. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\ufffe\uffff]/gu

/**
 * The text of a YAML file that reads back to exactly these values. Text that YAML 1.1 or 1.2 could take for
 * something else is quoted, and what cannot be seen is escaped, in comments too.
 */
export function yamlText(header: string, entries: readonly Entry[], footer: string): string {
  const document = new Document(null, { aliasDuplicateObjects: false, compat: 'yaml-1.1' })
  const map = new YAMLMap(document.schema)
  for (const { key, value, comment } of entries) {
    const pair = document.createPair(key, value)
    if (comment !== '') pair.key.commentBefore = indented(comment)
    map.items.push(pair)
  }
  document.commentBefore = indented(header)
  document.contents = map
  document.comment = indented(footer)
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && node.value.search(UNSAFE) >= 0) node.type = 'QUOTE_DOUBLE'
      // JSON knows no other zero, and writes -0 as this one.
      if (node.value === 0) node.value = 0
    },
  })
  return document.toString({ lineWidth: 0 }).replace(UNSAFE, escape)
}

/** The library puts a bare `#` before each line. */
const indented = (lines: string): string => lines.replace(/^(?=.)/gm, ' ')

function escape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
}
