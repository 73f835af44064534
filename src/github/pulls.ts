import { setTimeout as sleep } from 'node:timers/promises'
import type { Octokit } from '@octokit/rest'
import type { Github, Place } from './client.ts'
import type { RunnerEvent } from './event.ts'

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

/** A commit, and the branch that it was pushed to. */
type Pushed = Pick<RunnerEvent, 'sha' | 'ref'>

/**
 * The pull request into the branch `ref` whose merge made its commit `sha`, however it was merged: `merge_commit_sha` is the merge commit, the
 * squashed commit, or the last of those that were rebased. Before a merge it is GitHub's trial merge, which counts for nothing. Null, after
 * half a minute, for a commit that was pushed. Throws as `Github.ask`.
 */
export const mergedPull = (github: Github, pushed: Pushed, later = LATER): Promise<MergedPull | null> =>
  github.ask(
    { doing: `find the pull request of commit ${pushed.sha}`, needs: 'pull-requests: read' },
    async (octokit, at, signal) => {
      for (const wait of later) {
        const found = await find(octokit, at, pushed)
        if (found) return found
        await sleep(wait, undefined, { signal })
      }
      return find(octokit, at, pushed)
    },
  )

async function find(
  { paginate, rest }: Octokit,
  at: Place,
  { sha, ref }: Pushed,
): Promise<MergedPull | null> {
  const pulls = await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
    ...at,
    commit_sha: sha,
    per_page: 100,
  })
  const merged = pulls.find(
    (pull) => pull.merged_at !== null && pull.merge_commit_sha === sha && pull.base.ref === ref,
  )
  return merged ? { number: merged.number, head: merged.head.sha } : null
}
