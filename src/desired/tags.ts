import { isFault } from '../errors.ts'
import { openGit, type Git } from './git.ts'
import { readContent, realFolder } from './read.ts'
import { textAt } from './repository.ts'

/** As the schema of a list has a version; a tag that names none is somebody's own. */
const TAG = /^published\/([^/]+)\/((?=.*[0-9])[A-Za-z0-9.,/_+~-]+)$/

/** A publication that somebody tagged: `published/<list>/<version>`. */
export interface PublishedTag {
  readonly list: string
  readonly version: string
}

/** What became of a tag. */
export interface Tagged {
  /** Where it is; null where there is none. */
  readonly commit: string | null
  readonly warnings: readonly string[]
}

const UNTAGGED: Tagged = { commit: null, warnings: [] }

/** What this repository's tags say was published. None outside git. Throws `git-failed`. */
export async function publishedTags(root: string): Promise<readonly PublishedTag[]> {
  const git = await openGit(root)
  const names = await git?.ask(['for-each-ref', '--format=%(refname:strip=2)', 'refs/tags/published/'])
  return (names ?? '').split('\n').flatMap((name) => {
    const [, list, version] = TAG.exec(name) ?? []
    return list && version ? [{ list, version }] : []
  })
}

/**
 * Versions of the list that the repository at `folder` publishes at an address, as its tags name them, whatever else is wrong there. None
 * where there is no such list. Throws `no-repository` if there is no such folder, and `git-failed`.
 */
export async function taggedAt(folder: string, address: string): Promise<readonly string[]> {
  const root = realFolder(folder)
  const names = readContent(root)
    .lists.filter((list) => textAt(list, 'hv:uri') === address)
    .map(({ name }) => name)
  if (names.length === 0) return []
  return (await publishedTags(root)).flatMap(({ list, version }) => (names.includes(list) ? version : []))
}

export const tagName = ({ list, version }: PublishedTag): string => `published/${list}/${version}`

/**
 * Tags a publication in this repository, at the `commit` that its record names; not where that is not all that was
 * published, or there is none. A tag is never moved. What fails is a warning: the list is out there already.
 */
export async function tagPublication(
  root: string,
  commit: string | null,
  tag: PublishedTag,
): Promise<Tagged> {
  const git = commit === null || commit.endsWith('-dirty') ? null : await openGit(root)
  if (commit === null || !git) return UNTAGGED
  const name = tagName(tag)
  const untagged = (reason: string): Tagged => ({
    ...UNTAGGED,
    warnings: [`This publication was not tagged in git as ${name}: ${reason}.`],
  })
  if (!TAG.test(name)) return untagged('that is no name that a tag is found by')
  try {
    const there = await make(git, name, commit)
    return there === commit ? { commit, warnings: [] } : untagged(`it exists, at ${there}`)
  } catch (error) {
    if (!isFault(error, 'git-failed')) throw error
    return untagged(error.message.replace(/\.$/, ''))
  }
}

/** The commit that the tag is at, made just now or before. Git judges the name. Throws `git-failed`. */
async function make(git: Git, name: string, commit: string): Promise<string> {
  const ref = `refs/tags/${name}`
  try {
    // Not `git tag`, which may be set to sign. All zeros: only if there is none.
    await git.ask(['update-ref', ref, commit, '0'.repeat(commit.length)])
    return commit
  } catch (error) {
    if (!isFault(error, 'git-failed')) throw error
    const there = await git.ask(['rev-list', '-1', '--ignore-missing', ref, '--']).catch(() => '')
    if (there.trim() === '') throw error
    return there.trim()
  }
}
