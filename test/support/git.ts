import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Runs git in `cwd`, as somebody with a name; what it prints. */
export type RunGit = (...args: string[]) => Promise<string>

export const gitIn =
  (cwd: string): RunGit =>
  async (...args) => {
    const who = ['-c', 'user.name=Owen Synge', '-c', 'user.email=owen@example.org']
    return (await execa('git', [...who, ...args], { cwd })).stdout
  }

/** Makes a sample repository one of git, with all but its secrets, its files and what it publishes in a first commit. */
export async function beginGit(root: string): Promise<RunGit> {
  const git = gitIn(root)
  await writeFile(join(root, '.gitignore'), '*key.pem\npublic/\nbuild/\n.cache/\n')
  await git('init', '-q')
  await git('add', '.')
  await git('commit', '-q', '-m', 'Begin')
  return git
}
