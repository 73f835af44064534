import type { ErrorObject } from 'ajv/dist/2020.js'
import { isObject } from '../json.ts'
import type { Path } from '../json.ts'
import type { Json } from '../model.ts'
import { nearest } from './nearest.ts'
import { error, valueAt, type Entry, type Finding } from './repository.ts'
import { propertiesOf, readSchema, schemaAt, type SchemaName, REMEDY, validator } from '../schemas.ts'

/** What the schema finds wrong in the value of one file. */
export function checkSchema(entry: Entry, name: SchemaName): readonly Finding[] {
  if (!entry.value) return []
  const validate = validator(name)
  return validate(entry.value)
    ? []
    : (validate.errors ?? []).filter(isWhole).map((found) => explain(entry, name, found))
}

/** Not a part of another error: what `if`, `oneOf` and `propertyNames` looked at on their way. */
const isWhole = ({ keyword, propertyName, schemaPath }: ErrorObject): boolean =>
  keyword !== 'if' && propertyName === undefined && !schemaPath.includes('/oneOf/')

interface Said {
  readonly path: Path
  readonly at?: 'key'
  readonly message: string
  readonly remedy: string
}

function explain(entry: Entry, name: SchemaName, found: ErrorObject): Finding {
  const path = pathOf(entry, found.instancePath)
  const { path: place, ...said } = say(name, path, valueAt(entry, ...path), found)
  return error(entry, place, { rule: 'schema', ...said })
}

function say(name: SchemaName, path: Path, value: Json | undefined, found: ErrorObject): Said {
  const { title, remedy } = wordsOf(found)
  const key = labelOf(path)
  switch (found.keyword) {
    case 'required': {
      const missing = [...path, paramOf(found, 'missingProperty')]
      const add = howToFill(name, missing, 'Add it')
      return { path, at: 'key', message: `${labelOf(missing)} is missing.`, remedy: add }
    }
    case 'propertyNames':
      return unknownKey(name, path, paramOf(found, 'propertyName'))
    case 'additionalProperties':
      return unknownKey(name, path, paramOf(found, 'additionalProperty'))
    case 'not':
      return { path, at: 'key', message: `${key} is computed, and cannot be given.`, remedy }
    case 'oneOf':
      return { path, message: `${key} must have ${title}.`, remedy }
    case 'type': {
      const mended = howToQuote(path, value, found) ?? remedy
      return { path, message: `${key} must be ${title}, but is ${kindOf(value)}.`, remedy: mended }
    }
    case 'enum':
      return { path, message: `${key} is ${shown(value)}, which is not ${title}.`, remedy: choice(found) }
    default: {
      if (value === '')
        return { path, message: `${key} is empty.`, remedy: howToFill(name, path, 'Fill it in') }
      return { path, message: `${key} is ${shown(value)}, which is not ${title}.`, remedy }
    }
  }
}

/** The schema's own words for what it asks. */
function wordsOf({ parentSchema }: ErrorObject): { title: string; remedy: string } {
  const word = (key: string): unknown => parentSchema?.[key]
  const [title, remedy] = [word('title'), word(REMEDY)]
  const noun = typeof title === 'string' ? title : 'what is expected here'
  return { title: noun, remedy: typeof remedy === 'string' ? remedy : `Write it as ${noun}.` }
}

function howToFill(name: SchemaName, path: Path, what: string): string {
  const { examples, description } = schemaAt(readSchema(name), path)
  const example = Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined
  if (example !== undefined) return `${what}, such as \`${path.at(-1)}: ${plain(example)}\`.`
  if (path.at(-1) === 'dc:identifier') return `${what}, with a UUID of its own: \`uuidgen\` makes one.`
  return typeof description === 'string' ? `${what}. ${description}` : `${what}.`
}

function howToQuote(path: Path, value: Json | undefined, { schema }: ErrorObject): string | undefined {
  if (schema !== 'string') return undefined
  if (value === null) return 'Write "" if it is to be empty.'
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const key = path.at(-1)
  return `Quote it: ${typeof key === 'string' ? `${key}: ` : ''}"${value}"; all text and versions are YAML strings.`
}

function choice({ schema, data }: ErrorObject): string {
  const allowed = schema as readonly string[]
  const meant = nearest(String(data), allowed, 3)
  return meant ? `Write ${meant}.` : `Write one of: ${allowed.join(', ')}.`
}

function unknownKey(name: SchemaName, path: Path, key: string): Said {
  const known = [...propertiesOf(schemaAt(readSchema(name), path)).keys()]
  const meant = known.find((one) => one.endsWith(`:${key}`)) ?? nearest(key, known, 2)
  const free = path.length === 0 && name !== 'vmcast'
  const own = known.filter((one) => !free || !one.includes(':')).join(', ')
  const remedy = meant
    ? `Write ${meant}.`
    : free
      ? `Give it a namespace (prefix:name) if it is to be published; without one there are only: ${own}.`
      : `Remove it; the keys here are: ${own}.`
  return { path: [...path, key], at: 'key', message: `The key ${key} is not known here.`, remedy }
}

/** The JSON pointer of an error as a path: indexes of sequences are numbers. */
function pathOf(entry: Entry, pointer: string): Path {
  const path: (string | number)[] = []
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(entry, ...path)) ? Number(key) : key)
  }
  return path
}

const labelOf = (path: Path): string =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index > 0 ? `/${step}` : step)).join('')

function paramOf({ params }: ErrorObject, name: string): string {
  const value: unknown = (params as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}

/** A value in a message: short, and without the password of an address. */
function shown(value: Json | undefined): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const text = value.replace(/\/\/[^/\s]*@/, '//…@')
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}

/** A value as it may stand in YAML. */
const plain = (value: Json): string =>
  typeof value === 'string' && /^[A-Za-z/][^:#]*(:\/\/[^:#]*)?$/.test(value) ? value : JSON.stringify(value)

function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a sequence'
  if (isObject(value)) return 'a mapping'
  return typeof value === 'string'
    ? `the text ${shown(value)}`
    : `${JSON.stringify(value)}, a ${typeof value}`
}
