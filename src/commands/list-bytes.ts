import { readFile, stat } from 'node:fs/promises'
import { fault, systemCode } from '../errors.ts'
import { LIST_LIMIT } from '../list/smime.ts'
import { fetchList } from '../web.ts'
import { shown } from '../web/client.ts'

/** Whether the user names a list by its address, and not by a path. */
export const isAddress = (from: string): boolean => /^https?:\/\//i.test(from)

/** A path or an address without what can be a secret in it. */
export const showPlace = (from: string): string => (isAddress(from) ? shown(from) : from)

/**
 * The bytes of a list at a path or an address. Throws `list-missing`, `list-unreadable`, and what `fetchList`
 * throws.
 */
export async function readListBytes(from: string): Promise<Uint8Array> {
  const bytes = isAddress(from) ? await fetchList(from, LIST_LIMIT) : await readListFile(from)
  if (!bytes) throw fault('list-missing', { from: showPlace(from) })
  return bytes
}

async function readListFile(path: string): Promise<Uint8Array | null> {
  try {
    const { size } = await stat(path)
    if (size > LIST_LIMIT) throw fault('list-unreadable', { from: path, reason: 'it is larger than 8 MiB' })
    return await readFile(path)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return null
    if (code === undefined) throw error
    throw fault('list-unreadable', { from: path, reason: code }, error)
  }
}
