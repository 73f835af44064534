import { execa } from 'execa'

const ENV = {
  GIT_AUTHOR_NAME: 'Owen Synge',
  GIT_AUTHOR_EMAIL: 'owen@example.org',
  GIT_COMMITTER_NAME: 'Owen Synge',
  GIT_COMMITTER_EMAIL: 'owen@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
}

/** Runs git in a folder, with nothing of the settings of whoever runs the tests; its standard output. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('git', args, { cwd: folder, env: ENV, stdin: 'ignore' })
  return stdout
}

/** A bare repository that gives out any commit, as GitHub does. Its main branch holds one file. */
export async function makeBare(folder: string): Promise<void> {
  await git('/', 'init', '--quiet', '--bare', '--initial-branch=main', folder)
  await git(folder, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  const empty = await git(folder, 'hash-object', '-t', 'tree', '-w', '/dev/null')
  await setRef(folder, 'refs/heads/main', await commitTree(folder, empty, [], 'Begin'))
}

export const setRef = (bare: string, ref: string, sha: string): Promise<string> =>
  git(bare, 'update-ref', ref, sha)

export const commitOf = (bare: string, ref: string): Promise<string> =>
  git(bare, 'rev-parse', '--verify', `${ref}^{commit}`)

/** The commit that GitHub would make of a merge; throws if there is a conflict. */
export async function merged(bare: string, base: string, head: string, how: How): Promise<string> {
  const tree = await git(bare, 'merge-tree', '--write-tree', base, head)
  return await commitTree(bare, tree, how === 'merge' ? [base, head] : [base], `Merge ${head}`)
}

/** A squash and a rebase of one commit look the same. */
export type How = 'merge' | 'squash'

const commitTree = (
  bare: string,
  tree: string,
  parents: readonly string[],
  message: string,
): Promise<string> =>
  git(bare, 'commit-tree', tree, '-m', message, ...parents.flatMap((parent) => ['-p', parent]))
