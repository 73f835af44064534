import { lstatSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fault } from '../errors.ts'
import { isInside, realPath } from './read.ts'

/** What git knows of a content repository; paths are relative to it, with `/`. */
export interface GitFacts {
  /** Files that decide what is published, who signs and who is believed, if they differ from the commit, or are not in it. */
  readonly dirty: readonly string[]
  /** Tracked files that hold a private key. */
  readonly trackedKeys: readonly string[]
}

export interface Git {
  /** The work tree's top folder. */
  readonly top: string
  /** What a git command prints. Throws `git-failed`. */
  readonly ask: (args: string[]) => Promise<string>
}

/** Files that decide what is published; vmcast.yaml names others. */
const CONTENT = ['vmcast.yaml', 'imagelists', 'images']

/** A PEM private key at a line's start, or a file that is named like a PKCS#12 store. */
const KEY = '^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----'
const STORES = ['*.p12', '*.pfx']

/** Revocation lists are fetched anew before each run, and can only take trust away. */
const FETCHED = /\.(?:r\d+|crl)$/

const STATUS = ['status', '--porcelain', '-z', '--no-renames', '-uall']

/**
 * Asks git about the repository at `root`, which is an absolute path without symbolic links. What is
 * returned waits for the answer: git works while this process reads the files. It takes the absolute paths of what
 * vmcast.yaml names. Outside git nothing is dirty, and nothing tracked. The answer throws `git-failed`: not knowing
 * is not being clean.
 */
export async function askGit(root: string): Promise<(named: readonly string[]) => Promise<GitFacts>> {
  const git = await openGit(root)
  if (!git) return () => Promise.resolve({ dirty: [], trackedKeys: [] })
  const asked = Promise.all([
    // What git ignores is read all the same, and is not in the commit either.
    git.ask([...STATUS, '--ignored=matching', '--', ...CONTENT]),
    git.ask(['grep', '--cached', '-lz', '-E', '-e', KEY]),
    git.ask(['ls-files', '-z', '--', ...STORES]),
  ])
  // It is thrown where it is waited for.
  asked.catch(() => undefined)
  // The processes are started behind a few promises.
  await setImmediate()
  return async (named) => {
    const [status, pem, stores] = await asked
    const dirty = [...changesIn(git, status), ...(await changesOf(named, git))]
    return {
      dirty: [...new Set(dirty)].map((path) => relative(root, path).replaceAll(sep, '/')),
      trackedKeys: [...new Set([...entries(pem), ...entries(stores)])].sort(),
    }
  }
}

const changesIn = ({ top }: Git, status: string): string[] =>
  entries(status).map((entry) => join(top, entry.slice(3)))

/** What differs of files and folders, and of the links that lead to them. What git ignores is kept elsewhere on purpose. */
async function changesOf(named: readonly string[], git: Git): Promise<string[]> {
  const paths = [...named, ...named.map(realPath)].filter((path) => isInside(git.top, path))
  if (paths.length === 0) return []
  const places = paths.map((path) => `:(top,literal)${relative(git.top, path).split(sep)[0] ?? ''}`)
  const changes = changesIn(git, await git.ask([...STATUS, '--', ...new Set(places)]))
  return changes.filter(
    (change) =>
      !FETCHED.test(change) && paths.some((path) => isInside(path, change) || isInside(change, path)),
  )
}

/**
 * The commit that is checked out at `root`, with `-dirty` behind it if that is not all; null outside git, and
 * before the first commit. Throws `git-failed`.
 */
export async function askCommit(root: string, dirty: readonly string[]): Promise<string | null> {
  const git = await openGit(root)
  const commit = git && (await git.ask(['rev-list', '-1', '--ignore-missing', 'HEAD', '--'])).trim()
  return commit ? `${commit}${dirty.length > 0 ? '-dirty' : ''}` : null
}

/**
 * The branch to publish from: the one that `origin` was cloned with, else the one that is checked out; null if that
 * is none. Throws `git-failed`.
 */
export async function askBranch({ ask }: Git): Promise<string | null> {
  const cloned = await ask(['for-each-ref', '--format=%(symref:lstrip=3)', 'refs/remotes/origin/HEAD'])
  return cloned.trim() || (await ask(['branch', '--show-current'])).trim() || null
}

/** Git in the folder `root`, absolute and without symbolic links; null outside a work tree. */
export async function openGit(root: string): Promise<Git | null> {
  const top = topOf(root)
  if (top === null) return null
  const { simpleGit } = await import('simple-git')
  // Committed files can look like a bare repository, whose settings would have git run programs.
  const config = ['safe.bareRepository=explicit']
  const git = simpleGit({ baseDir: root, config, maxConcurrentProcesses: 3 })
  const ask = async (args: string[]) => {
    try {
      return await git.raw(args)
    } catch (error) {
      throw fault('git-failed', { folder: root, reason: firstLine(error) }, error)
    }
  }
  return { top, ask }
}

/** The work tree that `root` lies in: the nearest folder with a `.git`; null outside git. */
function topOf(root: string): string | null {
  if (lstatSync(join(root, '.git'), { throwIfNoEntry: false })) return root
  const parent = dirname(root)
  return parent === root ? null : topOf(parent)
}

const entries = (output: string): readonly string[] => output.split('\0').filter((entry) => entry !== '')

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0] ?? ''
