import { readFileSync } from 'node:fs'
import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Json } from '../model.ts'

/** More are not told one by one: a list of thousands of images may have thousands. */
const MOST = 20

let compiled: ValidateFunction | null = null

/** What the schema of a published list finds wrong, as phrases; empty if nothing. */
export function schemaFaults(list: Json): readonly string[] {
  compiled ??= compile()
  if (compiled(list)) return []
  const faults = [...new Set((compiled.errors ?? []).map(phrase))]
  const more = faults.length - MOST
  return more > 0 ? [...faults.slice(0, MOST), `and ${more} more`] : faults
}

function compile(): ValidateFunction {
  const path = new URL('../../schema/list.schema.json', import.meta.url)
  const schema = JSON.parse(readFileSync(path, 'utf8')) as AnySchemaObject
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false, strictRequired: false })
  ajv.addKeyword('errorMessage')
  return ajv.compile(schema)
}

function phrase({ keyword, instancePath, message, parentSchema, params }: ErrorObject): string {
  const place = instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~') || 'the list'
  if (keyword === 'required') return `${place} lacks ${String(params['missingProperty'])}`
  const title: unknown = parentSchema?.['title']
  return `${place} ${typeof title === 'string' ? `is not ${title}` : (message ?? 'is not valid')}`
}
