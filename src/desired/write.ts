import { randomUUID } from 'node:crypto'
import { link, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fault, systemCode, VmcastError } from '../errors.ts'
import { isInside } from './read.ts'

/**
 * Writes one content file, `file` being relative to the repository at `root`: whoever reads it finds the old
 * text or the new one, never a half. Without `replace`, a file that is there stays, and that is an error.
 * Nothing is written through a link that leads out of the repository. Throws `content-exists`,
 * `content-unwritable`.
 */
export async function writeContent(
  root: string,
  file: string,
  text: string,
  { replace }: { replace: boolean },
): Promise<void> {
  const folder = await contentFolder(root, dirname(file))
  const staged = join(folder, `.${basename(file)}.${randomUUID()}`)
  try {
    await writeFile(staged, text, { flag: 'wx' })
    // A link, unlike a rename, never takes the place of another file.
    await (replace ? rename : link)(staged, join(folder, basename(file)))
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw fault('content-exists', { files: [file] }, error)
    throw unwritable(file, error)
  } finally {
    await rm(staged, { force: true })
  }
}

/** The folder at that place, made if it is not there; outside of the repository, nothing is made. */
async function contentFolder(root: string, folder: string): Promise<string> {
  try {
    const home = await realpath(root)
    let real = home
    for (const part of folder.split('/')) {
      const below = join(real, part)
      // Makes no more than this one, and nothing where a folder or a link to one is.
      await mkdir(below, { recursive: true })
      real = await realpath(below)
      if (!isInside(home, real))
        throw fault('content-unwritable', { file: folder, reason: 'it leads out of the repository' })
    }
    return real
  } catch (error) {
    if (error instanceof VmcastError) throw error
    throw unwritable(folder, error)
  }
}

/** A failure of the system as one that its user can mend; a bug is thrown on. */
export function unwritable(file: string, error: unknown): VmcastError {
  const reason = systemCode(error)
  if (reason === undefined) throw error
  return fault('content-unwritable', { file, reason }, error)
}
