import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fault, isFault, systemCode } from '../errors.ts'
import type { Manifest, Rendered } from '../model.ts'
import { sha256 } from '../sums.ts'
import { readJsonFile, readWhole, writeJsonFile, writeWhole, WRITERS } from './file.ts'

/*
 * A folder of rendered lists:
 *
 *   release.json   names the lists, with the SHA-256 of all that is here but the signatures
 *   NAME.json      the exact text to be signed
 *   NAME.last.p7m  what was published when this was rendered, if there was anything
 *   NAME.p7m       signed, once it is
 *   .gitattributes so that it can be handed back through git, which would make other line ends of a message's
 */
const MANIFEST = 'release.json'
const textOf = (folder: string, name: string): string => join(folder, `${name}.json`)
const lastOf = (folder: string, name: string): string => join(folder, `${name}.last.p7m`)
const signedOf = (folder: string, name: string): string => join(folder, `${name}.p7m`)

/** Writes lists into a new folder: all of it is there, or nothing. Throws `release-there`, `step-file-unwritable`. */
export async function createRelease(folder: string, lists: readonly Rendered[]): Promise<void> {
  const draft = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.tmp`)
  const manifest: Manifest = {
    format: 1,
    lists: lists.map(({ content, last, ...list }) => ({
      ...list,
      sha256: sha256(content),
      last: last && sha256(last),
    })),
  }
  try {
    await mkdir(draft, { recursive: true })
    for (const { name, content, last } of lists) {
      await writeWhole(textOf(draft, name), content)
      if (last) await writeWhole(lastOf(draft, name), last)
    }
    await writeWhole(join(draft, '.gitattributes'), '* -text\n')
    await writeJsonFile(join(draft, MANIFEST), manifest)
    await rename(draft, folder) // over an empty folder at most
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    const code = systemCode(error)
    if (code === undefined) throw error
    if (OCCUPIED.includes(code)) throw fault('release-there', { folder })
    throw fault('step-file-unwritable', { path: folder, reason: code }, error)
  }
}

const OCCUPIED = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']

/**
 * Reads a folder that `createRelease` wrote, somewhere. Nothing in it can be relied on but that it is, in
 * itself, what was rendered. Throws `release-altered`, `step-file-unreadable`, `step-file-malformed`.
 */
export async function readRelease(folder: string): Promise<readonly Rendered[]> {
  const { lists } = await readJsonFile(join(folder, MANIFEST), 'release')
  const read = lists.map(async ({ name, uri, sha256: sum, last }) => ({
    name,
    uri,
    content: Buffer.from(await readSummed(textOf(folder, name), sum)).toString(),
    last: last === null ? null : await readSummed(lastOf(folder, name), last),
  }))
  return await Promise.all(read)
}

async function readSummed(path: string, sum: string): Promise<Uint8Array> {
  const bytes = await readWhole(path, WRITERS.release)
  if (sha256(bytes) !== sum) throw fault('release-altered', { path })
  return bytes
}

/** The signed message of a list; null if it is not signed yet. Throws `step-file-unreadable`. */
export async function readSigned(folder: string, name: string): Promise<Uint8Array | null> {
  const path = signedOf(folder, name)
  try {
    return await readWhole(path, 'vmcast sign')
  } catch (error) {
    if (isFault(error, 'step-file-unreadable') && systemCode(error.cause) === 'ENOENT') return null
    throw error
  }
}

/** Puts a list's signed message into its folder, or in the place of an earlier one. Throws `step-file-unwritable`. */
export const writeSigned = (folder: string, name: string, message: Uint8Array): Promise<void> =>
  writeWhole(signedOf(folder, name), message)
