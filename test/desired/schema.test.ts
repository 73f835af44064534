import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { propertiesOf, readSchema, resolved, SCHEMAS } from '../../src/schemas.ts'
import { isObject } from '../../src/json.ts'
import type { JsonObject } from '../../src/model.ts'
import { nearest } from '../../src/desired/nearest.ts'

describe('the schemas', () => {
  test.each(SCHEMAS)('%s is a JSON Schema of draft 2020-12', (name) => {
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false })
    ajv.addKeyword('errorMessage')
    expect(ajv.validateSchema(readSchema(name)), JSON.stringify(ajv.errors)).toBe(true)
  })

  test.each(['vmcast', 'imagelist', 'image'] as const)('%s explains every key', (name) => {
    for (const [key, property] of propertiesOf(readSchema(name)))
      if (!isObject(property.not)) expect(property.description, key).toMatch(/^.{10,}\.$/)
  })

  test('examples are what they are examples of', () => {
    const ajv = new Ajv2020({ strictTypes: false, strictRequired: false })
    ajv.addKeyword('errorMessage')
    ajv.addSchema(readSchema('list'), 'list.schema.json')
    for (const name of ['vmcast', 'imagelist', 'image'] as const)
      for (const [key, property] of propertiesOf(readSchema(name))) {
        if (isObject(property.not)) continue
        const whole: JsonObject = Object.fromEntries(
          Object.entries(resolved(property)).filter(([word]) => word !== '$ref'),
        )
        for (const example of Array.isArray(whole.examples) ? (whole.examples as unknown[]) : [])
          expect(ajv.validate(whole, example), `${key}: ${String(example)}`).toBe(true)
      }
  })
})

describe('the nearest word', () => {
  test.each([
    ['hv:verison', 'hv:version'],
    ['HV:Version', 'hv:version'],
    ['hv:versio', 'hv:version'],
    ['dc:title', null],
    ['hv:vresino', null],
  ])('%s', (word, meant) => {
    expect(nearest(word, ['hv:version', 'hv:uri', 'sl:os'], 1)).toBe(meant)
  })
})
