import { open, rename, rm } from 'node:fs/promises'
import type { ErrorObject } from 'ajv/dist/2020.js'
import { fault, systemCode, VmcastError } from '../errors.ts'
import { readJson } from '../list/json-text.ts'
import type { Plan } from '../model.ts'
import { toJson } from '../report/json.ts'
import { validator } from '../schemas.ts'

/** Bytes: no plan is larger. */
const LIMIT = 256 * 1024 * 1024

/** Writes a plan as JSON: the file is there as a whole, or as it was before. Throws `plan-file-unwritable`. */
export async function writePlanFile(path: string, plan: Plan): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  try {
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(toJson(plan))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') await rm(draft, { force: true })
    throw fault('plan-file-unwritable', { path, reason: systemCode(error) ?? String(error) }, error)
  }
}

/**
 * Reads a plan that is to be compared. Whoever wrote the file is not trusted: only its shape is, once the
 * schema was satisfied. Throws `plan-file-unreadable`, `plan-file-malformed`.
 */
export async function readPlanFile(path: string): Promise<Plan> {
  const value = parse(path, await read(path))
  const validate = validator('plan')
  if (validate(value)) return value as Plan // its shape is just what the schema has judged
  throw fault('plan-file-malformed', { path, reason: reasonOf(validate.errors ?? []) })
}

const reasonOf = (errors: readonly ErrorObject[]): string =>
  errors
    .slice(0, 5)
    .map(({ instancePath, message = 'is wrong' }) => `${instancePath || 'the plan'} ${message}`)
    .join('; ')

async function read(path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > LIMIT) throw fault('plan-file-malformed', { path, reason: 'it is too large' })
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof VmcastError) throw error
    throw fault('plan-file-unreadable', { path, reason: systemCode(error) ?? String(error) }, error)
  }
}

function parse(path: string, text: string): unknown {
  try {
    return readJson(text)
  } catch (error) {
    throw fault('plan-file-malformed', { path, reason: 'it is not JSON' }, error)
  }
}
