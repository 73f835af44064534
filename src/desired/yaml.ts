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
import type { Path } from '../json.ts'
import type { Json } from '../model.ts'
import { readPlain } from './plain.ts'
import { controlProblem, isNodeLike, readValues, type Problem } from './values.ts'

/** What no content file needs; beyond it lies only what would exhaust the stack. */
const DEEPEST = 64

/** The core schema, whatever a `%YAML` directive or a tag says; we look for merge keys and duplicates ourselves. */
const OPTIONS = {
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
} as const

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
  const tags = document.warnings.map(({ pos, message }) => ({
    rule: 'yaml-tag',
    offset: pos[0],
    message: `${message}.`,
    remedy: 'Remove the tag (the word that begins with !): text, numbers, true and false need none.',
  }))
  const { value, problems } = readValues(document)
  return { value, problems: [...tags, ...problems] }
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

const broken = (problem: Problem): Reading => ({ value: undefined, problems: [problem] })
const isEmptyScalar = (node: Node): boolean =>
  isScalar(node) && node.source === '' && !node.type?.startsWith('Q')

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
