import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { fault, systemCode } from '../errors.ts'
import { LIST_LIMIT } from '../list/smime.ts'
import { readJson } from '../list/json-text.ts'
import { toJson } from '../report/json.ts'
import { validator, type ValueOf } from '../schemas.ts'

/** The files in JSON, and which command writes them. */
export const WRITERS = {
  plan: 'vmcast plan --out',
  receipt: 'vmcast upload --out',
  release: 'vmcast render --out',
} as const

/** Bytes: no plan is larger, and nothing else comes near. */
const LARGEST = 4 * LIST_LIMIT

/** Writes a file as JSON. Throws as `writeWhole` does. */
export const writeJsonFile = (path: string, value: unknown): Promise<void> => writeWhole(path, toJson(value))

/** Writes a file: it is there as a whole, or as it was before. Throws `step-file-unwritable`. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') await rm(draft, { force: true })
    throw fault('step-file-unwritable', { path, reason: systemCode(error) ?? String(error) }, error)
  }
}

/**
 * Reads a file of another step. Whoever wrote it is not trusted: only its shape is, once the schema was
 * satisfied. Throws `step-file-unreadable`, `step-file-malformed`.
 */
export async function readJsonFile<K extends keyof typeof WRITERS>(
  path: string,
  kind: K,
): Promise<ValueOf<K>> {
  const writer = WRITERS[kind]
  const text = Buffer.from(await readWhole(path, writer)).toString()
  const malformed = (reason: string, cause?: unknown) =>
    fault('step-file-malformed', { path, reason, writer }, cause)
  let value: unknown
  try {
    value = readJson(text)
  } catch (error) {
    throw malformed('it is not JSON', error)
  }
  const validate = validator(kind)
  if (validate(value)) return value
  const faults = (validate.errors ?? [])
    .slice(0, 5)
    .map(({ instancePath, message = 'is wrong' }) => `${instancePath || 'it'} ${message}`)
  throw malformed(faults.join('; '))
}

/** The bytes of a file that `writer` wrote. Never waits for a pipe. Throws `step-file-unreadable`. */
export async function readWhole(path: string, writer: string): Promise<Uint8Array> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) throw new Error('it is no regular file')
      if (stats.size > LARGEST) throw new Error('it is too large')
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    const reason = systemCode(error) ?? (error instanceof Error ? error.message : String(error))
    throw fault('step-file-unreadable', { path, reason, writer }, error)
  }
}
