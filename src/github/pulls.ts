import { setTimeout as sleep } from 'node:timers/promises'
import type { Octokit } from '@octokit/rest'
import type { Github, Place } from './client.ts'

/** A pull request whose merge made a commit. */
export interface MergedPull {
  readonly number: number
  /** Its newest commit when it was merged. */
  readonly head: string
}

/**
 * GitHub starts a run before it can tell which pull request its commit came from. That takes it up to a minute, of which a runner needs
 * half to get here; in milliseconds.
 */
const LATER = [3_000, 7_000, 20_000]

/**
 * The pull request whose merge made the commit `sha` of its base branch, however it was merged: `merge_commit_sha` is the merge commit, the
 * squashed commit, or the last of those that were rebased. Before a merge it is GitHub's trial merge, which counts for nothing. Null, after
 * half a minute, for a commit that was pushed. Throws as `Github.ask`.
 */
export const mergedPull = (github: Github, sha: string, later = LATER): Promise<MergedPull | null> =>
  github.ask(
    { doing: `find the pull request of commit ${sha}`, needs: 'pull-requests: read' },
    async (octokit, at, signal) => {
      for (const wait of later) {
        const found = await find(octokit, at, sha)
        if (found) return found
        await sleep(wait, undefined, { signal })
      }
      return find(octokit, at, sha)
    },
  )

async function find({ paginate, rest }: Octokit, at: Place, sha: string): Promise<MergedPull | null> {
  const pulls = await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
    ...at,
    commit_sha: sha,
    per_page: 100,
  })
  const merged = pulls.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === sha)
  return merged ? { number: merged.number, head: merged.head.sha } : null
}
