import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Json } from '../model.ts'
import { validator } from '../schemas.ts'

/** More are not told one by one: a list of thousands of images may have thousands. */
const MOST = 20

/** What the schema of a published list finds wrong, as phrases; empty if nothing. */
export function schemaFaults(list: Json): readonly string[] {
  const validate = validator('list')
  if (validate(list)) return []
  const faults = [...new Set((validate.errors ?? []).map(phrase))]
  const more = faults.length - MOST
  return more > 0 ? [...faults.slice(0, MOST), `and ${more} more`] : faults
}

function phrase({ keyword, instancePath, message, parentSchema, params }: ErrorObject): string {
  const place = instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~') || 'the list'
  if (keyword === 'required') return `${place} lacks ${String(params['missingProperty'])}`
  const title: unknown = parentSchema?.['title']
  return `${place} ${typeof title === 'string' ? `is not ${title}` : (message ?? 'is not valid')}`
}
