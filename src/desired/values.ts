import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml'
import type { Json } from '../model.ts'

/** What no content file needs; beyond it lies only what would exhaust memory. */
const MOST_ALIASES = 100
const MOST_VALUES = 100_000

/** Something wrong in a text, at an offset in UTF-16 units. */
export interface Problem {
  readonly rule: string
  readonly offset: number
  readonly message: string
  readonly remedy: string
}

/** The values of a document, and what JSON, or the reader's safety, cannot bear in them. */
export function readValues(document: Document.Parsed): { value: Json; problems: readonly Problem[] } {
  const walk = new Walk(document)
  return { value: walk.value(document.contents), problems: walk.problems }
}

export const isNodeLike = (node: unknown): node is Node =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)

class Walk {
  readonly problems: Problem[] = []
  readonly #document: Document.Parsed
  #aliases = 0
  #values = 0

  constructor(document: Document.Parsed) {
    this.#document = document
  }

  value(node: unknown): Json {
    if (!isNodeLike(node) || this.#tooMuch(node)) return null
    if (isScalar(node)) return this.#scalar(node.value, node.source ?? '', offsetOf(node))
    if (isSeq(node)) return node.items.map((item) => this.value(item))
    if (isMap(node)) return this.#map(node)
    const target = node.resolve(this.#document)
    if (target) return this.value(target)
    return this.#problem(node, `The alias *${node.source} names no anchor.`, `Write the value itself.`)
  }

  #map(node: { items: readonly { key: unknown; value: unknown }[] }): Json {
    const entries = new Map<string, Json>()
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== 'string') continue
      const name = key.value
      this.#scalar(name, name, offsetOf(key))
      if (name === '<<')
        this.#problem(key, 'Merge keys (<<) are not supported.', 'Write the merged keys out.')
      else if (name === '__proto__') this.#problem(key, 'The key __proto__ is not allowed.', 'Remove it.')
      else if (entries.has(name)) this.#problem(key, `The key ${name} is given twice.`, 'Remove one of them.')
      else entries.set(name, this.value(value))
    }
    return Object.fromEntries(entries)
  }

  #scalar(value: unknown, source: string, offset: number): Json {
    if (typeof value === 'string') {
      const control = /[^\P{Cc}\t\n]|\p{Cs}/u.exec(value)
      if (control) this.problems.push(controlProblem(offset, control[0]))
      return value
    }
    if (typeof value !== 'number') return typeof value === 'boolean' ? value : null
    if (String(value) === source && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value
    this.problems.push({
      rule: 'number',
      offset,
      message: `${source} without quotes is a number, and would be published as ${value}.`,
      remedy: `Quote it: "${source}"; all text and versions are YAML strings.`,
    })
    return source
  }

  #tooMuch(node: Node): boolean {
    this.#values++
    if (isAlias(node)) this.#aliases++
    if (this.#values === MOST_VALUES || (isAlias(node) && this.#aliases === MOST_ALIASES))
      this.#problem(
        node,
        'The file says too much: its aliases may expand without end.',
        'Write values out, or fewer.',
      )
    return this.#values >= MOST_VALUES || this.#aliases >= MOST_ALIASES
  }

  #problem(node: Node, message: string, remedy: string): null {
    this.problems.push({ rule: 'yaml', offset: offsetOf(node), message, remedy })
    return null
  }
}

const offsetOf = (node: Node): number => node.range?.[0] ?? 0

export const controlProblem = (offset: number, character: string): Problem => ({
  rule: 'control-character',
  offset,
  message: `There is a control character (U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}) in the text.`,
  remedy: 'Remove it; line feeds and tabs are the only ones allowed.',
})
