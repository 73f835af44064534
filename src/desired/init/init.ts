import { lstat, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, isFault, systemCode } from '../../errors.ts'
import { askBranch, openGit } from '../git.ts'
import { realFolder } from '../read.ts'
import { writeContent } from '../write.ts'
import type { Answers } from './answers.ts'
import { newFiles, README_MARK } from './files.ts'

/** What became of a file: a file that is there is never replaced. */
export interface Made {
  readonly file: string
  readonly state: 'written' | 'kept'
}

export interface Start {
  readonly files: readonly Made[]
  /** The branch that is published from. */
  readonly branch: string
  /** The file that says what to do first. */
  readonly readme: string
}

/**
 * Makes the folder a content repository, as far as it is none: files that are missing are written, and all others
 * left as they are. Throws `init-inside`, `init-branch`, `git-failed`, `content-unwritable`.
 */
export async function initRepository(folder: string, answers: Answers): Promise<Start> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fault('content-unwritable', { file: folder, reason: systemCode(error) ?? String(error) }, error)
  })
  const root = realFolder(folder)
  const git = await openGit(root)
  if (git && git.top !== root) throw fault('init-inside', { folder: root, top: git.top })
  const branch = (git && (await askBranch(git))) ?? 'main'
  if (!/^[A-Za-z0-9_][\w./-]*$/.test(branch)) throw fault('init-branch', { branch })
  const readme = (await isTaken(join(root, 'README.md'))) ? 'SETUP.md' : 'README.md'
  const files: Made[] = []
  for (const { file, text } of await newFiles(answers, branch, readme))
    files.push({ file, state: await writeNew(root, file, text) })
  return { files, branch, readme }
}

/** Whether somebody else's README is there. */
async function isTaken(path: string): Promise<boolean> {
  try {
    return !(await lstat(path)).isFile() || !(await readFile(path, 'utf8')).startsWith(README_MARK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw fault('content-unwritable', { file: path, reason: systemCode(error) ?? String(error) }, error)
  }
}

async function writeNew(root: string, file: string, text: string): Promise<Made['state']> {
  try {
    await writeContent(root, file, text, { replace: false })
    return 'written'
  } catch (error) {
    if (isFault(error, 'content-exists')) return 'kept'
    throw error
  }
}
