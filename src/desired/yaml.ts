import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Document,
  type Node,
  type ParsedNode,
} from 'yaml'
import type { Path } from '../list/json.ts'
import type { Json } from '../model.ts'
import { readPlain } from './plain.ts'

/** What no content file needs; beyond it lies only what would exhaust memory or the stack. */
const DEEPEST = 64
const MOST_ALIASES = 100
const MOST_VALUES = 100_000

/** The core schema, whatever a `%YAML` directive or a tag says; we look for merge keys and duplicates ourselves. */
const OPTIONS = {
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
} as const

/** Something wrong in a text, at an offset in UTF-16 units. */
export interface Problem {
  readonly rule: string
  readonly offset: number
  readonly message: string
  readonly remedy: string
}

export interface Position {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

/** What a YAML text says; `value` is undefined where the text is broken or empty. */
export interface Reading {
  readonly value: Json | undefined
  readonly problems: readonly Problem[]
}

/**
 * The values of one YAML document, as JSON has them, and everything that is wrong with it. Text and
 * nodes are not kept: `locate` finds a value's place again.
 */
export function readYaml(text: string): Reading {
  const control = /[^\P{Cc}\t\n\r]/u.exec(text)
  if (control) return broken(controlProblem(control.index, control[0]))
  const plain = readPlain(text)
  if (plain) return { value: plain, problems: [] }
  const documents = compose(text)
  if (!Array.isArray(documents)) return broken(documents)
  const [document, second] = documents
  if (!document?.contents || isEmptyScalar(document.contents)) return broken(EMPTY)
  const [error] = document.errors
  // Later errors mostly follow from the first.
  if (error) return broken({ rule: 'yaml', offset: error.pos[0], ...explain(error.code, error.message) })
  if (second) return broken({ ...SEVERAL, offset: second.range[0] })
  const problems: Problem[] = document.warnings.map(({ pos, message }) => ({
    rule: 'yaml-tag',
    offset: pos[0],
    message: `${message}.`,
    remedy: 'Remove the tag (the word that begins with !): text, numbers, true and false need none.',
  }))
  const value = new Walk(document, problems).value(document.contents)
  return { value, problems }
}

/** Where the value at `path` stands, or its key; the nearest thing around it if it is not there. */
export function locate(text: string, path: Path, at: 'key' | 'value'): Position {
  if (path.length === 0) return { line: 1, column: 1 }
  const lines = new LineCounter()
  const documents = compose(text, lines)
  const node = Array.isArray(documents) ? find(documents[0], path, at) : null
  const { line, col } = lines.linePos(node?.range?.[0] ?? 0)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Line and column of an offset in a text. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function compose(text: string, lines?: LineCounter): Document.Parsed[] | Problem {
  const tokens = boundedTokens(text, new Parser(lines?.addNewLine))
  lines?.addNewLine(0)
  try {
    return [...new Composer(OPTIONS).compose(tokens, true, text.length)]
  } catch (error) {
    if (error instanceof TooDeep) return { ...DEEP, offset: error.offset }
    throw error
  }
}

/** The composer is recursive, and a stack that overflows in it ends the whole process. */
function* boundedTokens(text: string, parser: Parser): Generator<CST.Token, void> {
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme)
    if (parser.stack.length > DEEPEST) throw new TooDeep(offset)
    offset += lexeme.length
  }
  yield* parser.end()
}

class TooDeep extends Error {
  readonly offset: number

  constructor(offset: number) {
    super(DEEP.message)
    this.offset = offset
  }
}

function find(document: Document.Parsed | undefined, path: Path, at: 'key' | 'value'): Node | null {
  let place: Node | null = document?.contents ?? null
  let node: Node | null = place
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = (document && node.resolve(document)) ?? null
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : null
    const key = pair?.key as ParsedNode | undefined
    const next: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value
    node = isNodeLike(next) ? next : null
    const wantsKey = at === 'key' && index === path.length - 1
    place = (wantsKey ? (key ?? node) : (node ?? key)) ?? place
    if (!node) break
  }
  return place
}

const isNodeLike = (node: unknown): node is Node =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)

/** Turns nodes into values, and notes what JSON, or the reader's safety, cannot bear. */
class Walk {
  readonly #document: Document.Parsed
  readonly #problems: Problem[]
  #aliases = 0
  #values = 0

  constructor(document: Document.Parsed, problems: Problem[]) {
    this.#document = document
    this.#problems = problems
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
      if (control) this.#problems.push(controlProblem(offset, control[0]))
      return value
    }
    if (typeof value !== 'number') return typeof value === 'boolean' ? value : null
    if (String(value) === source && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value
    this.#problems.push({
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
    this.#problems.push({ rule: 'yaml', offset: offsetOf(node), message, remedy })
    return null
  }
}

const offsetOf = (node: Node): number => node.range?.[0] ?? 0
const broken = (problem: Problem): Reading => ({ value: undefined, problems: [problem] })
const isEmptyScalar = (node: Node): boolean =>
  isScalar(node) && node.source === '' && !node.type?.startsWith('Q')

const controlProblem = (offset: number, character: string): Problem => ({
  rule: 'control-character',
  offset,
  message: `There is a control character (U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}) in the text.`,
  remedy: 'Remove it; line feeds and tabs are the only ones allowed.',
})

const EMPTY: Problem = {
  rule: 'empty',
  offset: 0,
  message: 'The file says nothing.',
  remedy: 'Fill it in (`vmcast new` makes a template), or delete it.',
}

const SEVERAL = {
  rule: 'yaml',
  message: 'The file holds several YAML documents.',
  remedy: 'Put each into a file of its own, and remove the line ---.',
}

const DEEP = {
  rule: 'yaml',
  message: `The file nests deeper than ${DEEPEST} levels.`,
  remedy: 'Mend the brackets or the indentation.',
}

function explain(code: string, message: string): { message: string; remedy: string } {
  const remedy =
    code === 'TAB_AS_INDENT'
      ? 'Indent with spaces.'
      : code === 'NON_STRING_KEY'
        ? 'Write the key as plain text.'
        : 'Look at this line and the one before: quote text that holds `: ` or ` #`, close brackets and quotes, and indent evenly.'
  return { message: `Broken YAML: ${message.replace(/\.$/, '')}.`, remedy }
}
