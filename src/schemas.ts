import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { isObject, type Path } from './json.ts'
import type { HistoryRecord, Json, JsonObject, Manifest, Plan, Receipt } from './model.ts'

/** The schemas of the content files, of a published list, of a plan, of a record of the history, and of what one step of publishing hands to the next. */
export const SCHEMAS = [
  'vmcast',
  'imagelist',
  'image',
  'list',
  'plan',
  'record',
  'receipt',
  'release',
] as const
export type SchemaName = (typeof SCHEMAS)[number]

/** What fits a schema, where the model has a type for it. */
interface Values {
  readonly plan: Plan
  readonly record: HistoryRecord
  readonly receipt: Receipt
  readonly release: Manifest
}
export type ValueOf<N extends SchemaName> = N extends keyof Values ? Values[N] : unknown

const read = new Map<string, JsonObject>()

/** The JSON Schema of that name, as it lies in schema/. */
export function readSchema(name: SchemaName): JsonObject {
  const text = () => readFileSync(new URL(`../schema/${name}.schema.json`, import.meta.url), 'utf8')
  // Files of ours: the tests compile each of them.
  const schema = read.get(name) ?? (JSON.parse(text()) as JsonObject)
  read.set(name, schema)
  return schema
}

/** A keyword that editors know too: what to do about a value that does not fit. */
export const REMEDY = 'errorMessage'

const compiled = new Map<SchemaName, ValidateFunction>()

/** The schema as a function, which tells its type; it finds every fault, and leaves them in its `errors`. */
export function validator<N extends SchemaName>(name: N): ValidateFunction<ValueOf<N>> {
  const validate = compiled.get(name) ?? compile(name)
  compiled.set(name, validate)
  return validate as ValidateFunction<ValueOf<N>> // the schema says of the value what the type says
}

function compile(name: SchemaName): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strictTypes: false,
    strictRequired: false,
    // The schemas are ours: the tests check them. Compiling is what costs, at every start.
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  })
  ajv.addKeyword(REMEDY)
  if (name !== 'list') ajv.addSchema(readSchema('list'), 'list.schema.json')
  return ajv.compile(readSchema(name))
}

/** The properties that a schema describes, those of the schemas that it refers to included. */
export function propertiesOf(schema: JsonObject): ReadonlyMap<string, JsonObject> {
  const properties = new Map(typeof schema.$ref === 'string' ? propertiesOf(resolve(schema.$ref)) : [])
  const own = isObject(schema.properties) ? schema.properties : {}
  for (const [key, property] of Object.entries(own))
    if (isObject(property)) properties.set(key, { ...properties.get(key), ...property })
  return properties
}

/** What the schema says of the value at `path`; empty where it says nothing. */
export function schemaAt(schema: JsonObject, path: Path): JsonObject {
  return path.reduce<JsonObject>((at, step) => {
    if (typeof step === 'string') return propertiesOf(at).get(step) ?? {}
    return isObject(at.items) ? at.items : {}
  }, schema)
}

/** A schema with what it refers to, its own words first. */
export const resolved = (schema: JsonObject): JsonObject =>
  typeof schema.$ref === 'string' ? { ...resolved(resolve(schema.$ref)), ...schema } : schema

/** What a reference such as `list.schema.json#/$defs/uuid` names; without a file, one of imagelist's own. */
function resolve(reference: string): JsonObject {
  const [file = '', pointer = ''] = reference.split('#')
  const name = SCHEMAS.find((one) => file === `${one}.schema.json`)
  const definitions = name ? [readSchema(name)] : SCHEMAS.map(readSchema)
  for (const definition of definitions) {
    const found = pointer
      .split('/')
      .slice(1)
      .reduce<Json | undefined>((at, step) => (isObject(at) ? at[step] : undefined), definition)
    if (isObject(found)) return found
  }
  throw new Error(`No schema has ${reference}`)
}
