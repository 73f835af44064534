import { lstat, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, isFault, systemCode } from '../../errors.ts'
import { askBranch, openGit } from '../git.ts'
import { readText, realFolder } from '../read.ts'
import { unwritable, writeContent } from '../write.ts'
import type { Answers } from './answers.ts'
import { newFiles, README_MARK, type NewFile } from './files.ts'

/** What became of a file: a file that is there is never replaced. */
export interface Made {
  readonly file: string
  readonly state: 'written' | 'kept' | 'differs'
}

export interface Start {
  readonly files: readonly Made[]
  /** The branch that is published from. */
  readonly branch: string
  /** The file that says what to do first. */
  readonly readme: string
  /** Workflows that nobody has asked for now, and that GitHub runs: mostly of another way of publishing. */
  readonly others: readonly string[]
}

/**
 * Makes the folder a content repository, as far as it is none: files that are missing are written, and all others
 * left as they are. Throws `init-inside`, `init-branch`, `git-failed`, `content-unwritable`.
 */
export async function initRepository(folder: string, answers: Answers): Promise<Start> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw unwritable(folder, error)
  })
  const root = realFolder(folder)
  const git = await openGit(root)
  if (git && git.top !== root) throw fault('init-inside', { folder: root, top: git.top })
  const branch = (git && (await askBranch(git))) ?? 'main'
  if (!/^[A-Za-z0-9_][\w./-]*$/.test(branch)) throw fault('init-branch', { branch })
  const readme = (await isTaken(join(root, 'README.md'))) ? 'SETUP.md' : 'README.md'
  const wanted = (await newFiles(answers, branch, readme)).filter(await isWanted(root))
  const workflows = (await namesIn(root, WORKFLOWS)).map((name) => `${WORKFLOWS}/${name}`)
  const others = workflows.filter(
    (path) => /\/vmcast-[^/]*\.yml$/.test(path) && !wanted.some(({ file }) => file === path),
  )
  const files: Made[] = []
  for (const one of wanted) files.push({ file: one.file, state: await writeNew(root, one) })
  return { files, branch, readme, others }
}

const WORKFLOWS = '.github/workflows'
const CONTENT = ['imagelists', 'images']

/** Who has a list or an image needs no example of one. */
async function isWanted(root: string): Promise<(one: NewFile) => boolean> {
  const names = (await Promise.all(CONTENT.map((folder) => namesIn(root, folder)))).flat()
  const hasContent = names.some((name) => /\.ya?ml$/.test(name))
  return ({ file }) => !(hasContent && CONTENT.some((folder) => file.startsWith(`${folder}/`)))
}

/** What lies in a folder of the repository, sorted; nothing where there is none. Throws `content-unwritable`. */
async function namesIn(root: string, folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(root, folder))).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw unwritable(folder, error)
  }
}

/** Whether somebody else's README is there. */
async function isTaken(path: string): Promise<boolean> {
  try {
    return !(await lstat(path)).isFile() || !(await readFile(path, 'utf8')).startsWith(README_MARK)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw unwritable(path, error)
  }
}

async function writeNew(root: string, { file, text }: NewFile): Promise<Made['state']> {
  try {
    await writeContent(root, file, text, { replace: false })
    return 'written'
  } catch (error) {
    if (!isFault(error, 'content-exists')) throw error
    // That one is what the others are made from.
    return file === 'vmcast.yaml' || holds(root, file, text) ? 'kept' : 'differs'
  }
}

function holds(root: string, file: string, text: string): boolean {
  try {
    return readText(root, file) === text
  } catch {
    return false
  }
}
