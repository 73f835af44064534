import { relative, resolve } from 'node:path'
import { isFault } from '../errors.ts'
import { isObject } from '../json.ts'
import { formatTime } from '../dates.ts'
import type { Desired, JsonObject, Since } from '../model.ts'
import { openGit, type Git } from './git.ts'
import { authorityPaths, readAuthorities } from './authorities.ts'
import { knownHostsFiles, readKnownHosts } from './known-hosts.ts'
import { isInside, realPath } from './read.ts'
import { targetsOf, textAt } from './repository.ts'
import { readYaml } from './yaml.ts'

/**
 * Targets and trust as they were when something was last `published`: at the commit that was then the newest
 * of the first parents, which on a merge commit are those of the branch that it is merged into. Null where
 * git does not tell: outside of it, before the first publication, in a clone that does not reach so far.
 */
export async function askSince(desired: Desired, published: Date | null): Promise<Since | null> {
  const git = published && (await openGit(desired.root))
  if (!git) return null
  try {
    const before = `--before=${formatTime(published)}`
    const commit = (await git.ask(['rev-list', '-1', '--first-parent', before, 'HEAD', '--'])).trim()
    return commit === '' ? null : await readSince(desired, commit, git)
  } catch (error) {
    // The marks are a reader's help, and stop nothing.
    if (isFault(error, 'git-failed')) return null
    throw error
  }
}

async function readSince({ root, config }: Desired, commit: string, git: Git): Promise<Since | null> {
  const [text, trust] = await Promise.all([
    git.ask(['cat-file', 'blob', `${commit}:./vmcast.yaml`]),
    hasChanged(root, config.trust.ca, commit, git),
  ])
  const { value } = readYaml(text)
  if (!isObject(value)) return null
  const targets = targetsOf({
    config: { value },
    knownHosts: await knownHostsThen(root, { value }, commit, git),
    authorities: await authoritiesThen(root, { value }, commit, git),
  })
  const said = textAt({ value }, 'trust', 'ca')
  const ca = said === null ? null : resolve(root, said)
  return { commit, targets, trust: ca === config.trust.ca ? trust : true }
}

/** Those that git keeps as they were then; those that lie elsewhere as they are now. */
async function knownHostsThen(root: string, config: { value: JsonObject }, commit: string, git: Git) {
  const files = knownHostsFiles(config)
  const kept = files.filter((file) => isInside(root, resolve(root, file)))
  const then = kept.map(async (file) => {
    const name = relative(root, resolve(root, file))
    return [file, await git.ask(['cat-file', 'blob', `${commit}:./${name}`]).catch(() => '')] as const
  })
  return new Map([...readKnownHosts(root, files), ...(await Promise.all(then))])
}

/** Those that git says are the same as then; of others nobody knows what they were. */
async function authoritiesThen(root: string, config: { value: JsonObject }, commit: string, git: Git) {
  const paths = authorityPaths(config)
  const changed = await Promise.all(paths.map((path) => hasChanged(root, resolve(root, path), commit, git)))
  return await readAuthorities(
    root,
    paths.filter((_, at) => changed[at] !== true),
  )
}

/** Whether what lies at `path` differs from the commit; null where git does not keep it. */
async function hasChanged(root: string, path: string | null, commit: string, git: Git) {
  // Of what lies behind a link git only keeps the link.
  if (path === null || !isInside(root, path) || realPath(path) !== path) return null
  const place = `:(literal)${relative(root, path) || '.'}`
  const [differing, files] = await Promise.all([
    git.ask(['diff', '--name-only', '-z', commit, '--', place]),
    git.ask(['ls-files', '-tz', '--cached', '--others', '--exclude-standard', '--', place]),
  ])
  if (differing !== '' || UNTRACKED.test(files)) return true
  return files === '' ? null : false
}

const UNTRACKED = /(?:^|\0)\? /
