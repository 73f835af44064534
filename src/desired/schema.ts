import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { isObject } from '../list/parse.ts'
import type { Path } from '../list/json.ts'
import type { Json } from '../model.ts'
import { nearest } from './nearest.ts'
import { error, textAt, valueAt, type Entry, type Finding } from './repository.ts'
import { propertiesOf, readSchema, schemaAt, type SchemaName } from './schemas.ts'

/** A keyword that editors know too: what to do about a value that does not fit. */
const REMEDY = 'errorMessage'

const compiled = new Map<SchemaName, ValidateFunction>()

/** What the schema finds wrong in the value of one file. */
export function checkSchema(entry: Entry, name: SchemaName): readonly Finding[] {
  if (!entry.value) return []
  const validate = compiled.get(name) ?? compile(name)
  compiled.set(name, validate)
  return validate(entry.value)
    ? []
    : (validate.errors ?? []).filter(isWhole).map((found) => explain(entry, name, found))
}

function compile(name: SchemaName): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    // The schemas are ours; the tests check them.
    validateSchema: false,
  })
  ajv.addKeyword(REMEDY)
  if (name !== 'list') ajv.addSchema(readSchema('list'), 'list.schema.json')
  return ajv.compile(readSchema(name))
}

/** Not a part of another error: what `if`, `oneOf` and `propertyNames` looked at on their way. */
const isWhole = ({ keyword, propertyName, schemaPath }: ErrorObject): boolean =>
  keyword !== 'if' && propertyName === undefined && !schemaPath.includes('/oneOf/')

type Said = { path: Path; at?: 'key'; message: string; remedy: string }

function explain(entry: Entry, name: SchemaName, found: ErrorObject): Finding {
  const path = pathOf(entry, found.instancePath)
  const { path: place, ...said } = say(entry, name, path, found)
  return error(entry, place, { rule: 'schema', ...said })
}

function say(entry: Entry, name: SchemaName, path: Path, found: ErrorObject): Said {
  const key = labelOf(path)
  const { title, remedy } = wordsOf(found)
  const value = valueAt(entry, ...path)
  switch (found.keyword) {
    case 'required': {
      const missing = [...path, paramOf(found, 'missingProperty')]
      return { path, message: `${labelOf(missing)} is missing.`, remedy: remedy ?? howToAdd(name, missing) }
    }
    case 'propertyNames':
      return { ...unknownKey(name, path, paramOf(found, 'propertyName')), at: 'key' }
    case 'additionalProperties':
      return { ...unknownKey(name, path, paramOf(found, 'additionalProperty')), at: 'key' }
    case 'not':
      return {
        path,
        at: 'key',
        message: `${key} is computed, and cannot be given.`,
        remedy: remedy ?? 'Remove it.',
      }
    case 'oneOf':
      return { path, message: `${key} must have ${title}.`, remedy: remedy ?? '' }
    case 'type':
      return {
        path,
        message: `${key} must be ${title}, but is ${kindOf(value)}.`,
        remedy: howToQuote(path, value, title) ?? remedy ?? `Write it as ${title}.`,
      }
    case 'enum': {
      const allowed = Object.values(found.schema as readonly string[])
      const meant = nearest(textAt(entry, ...path) ?? '', allowed, 3)
      const remedy = meant ? `Write ${meant}.` : `Write one of: ${allowed.join(', ')}.`
      return { path, message: `${key} is ${shown(value)}, which is not ${title}.`, remedy }
    }
    default:
      return {
        path,
        message: `${key} is ${shown(value)}, which is not ${title}.`,
        remedy: remedy ?? `Write it as ${title}.`,
      }
  }
}

/** What the schema's own words are for what it asks. */
function wordsOf({ parentSchema = {} }: ErrorObject): { title: string; remedy: string | undefined } {
  const word = (key: string): unknown => parentSchema[key]
  const title = word('title')
  const remedy = word(REMEDY)
  return {
    title: typeof title === 'string' ? title : 'what is expected here',
    remedy: typeof remedy === 'string' ? remedy : undefined,
  }
}

function howToAdd(name: SchemaName, path: Path): string {
  const { examples, description } = schemaAt(readSchema(name), path)
  const example = Array.isArray(examples) ? (examples[0] as Json) : undefined
  if (example !== undefined) return `Add it, such as \`${path.at(-1)}: ${shown(example, '')}\`.`
  return path.at(-1) === 'dc:identifier'
    ? 'Add it, with a UUID of its own: `uuidgen` makes one.'
    : `Add it. ${typeof description === 'string' ? description : ''}`.trim()
}

function howToQuote(path: Path, value: Json | undefined, title: string): string | undefined {
  if (!/text|version|time|address|UUID|sha512|span/.test(title)) return undefined
  if (value === null) return 'Write "" if it is to be empty.'
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined
  const key = path.at(-1)
  return `Quote it: ${typeof key === 'string' ? `${key}: ` : ''}"${value}"; all text and versions are YAML strings.`
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
  return { path: [...path, key], message: `The key ${key} is not known here.`, remedy }
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

/** A value in a message: short, whatever its length. */
function shown(value: Json | undefined, quote = '"'): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return quote === '' && cut !== '' ? cut : JSON.stringify(cut)
}

function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a sequence'
  if (isObject(value)) return 'a mapping'
  return typeof value === 'string'
    ? `the text ${shown(value)}`
    : `${JSON.stringify(value)}, a ${typeof value}`
}
