import { readFileSync } from 'node:fs'
import { isObject } from '../list/parse.ts'
import type { Path } from '../list/json.ts'
import type { Json, JsonObject } from '../model.ts'

/** The schemas of the content files, and of a published list. */
export const SCHEMAS = ['vmcast', 'imagelist', 'image', 'list'] as const
export type SchemaName = (typeof SCHEMAS)[number]

const read = new Map<string, JsonObject>()

/** The JSON Schema of that name, as it lies in schema/. */
export function readSchema(name: SchemaName): JsonObject {
  const text = () => readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')
  // Files of ours: the tests compile each of them.
  const schema = read.get(name) ?? (JSON.parse(text()) as JsonObject)
  read.set(name, schema)
  return schema
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
