import type { Github } from './client.ts'

/** A pull request whose merge made a commit. */
export interface MergedPull {
  readonly number: number
  /** Its newest commit when it was merged. */
  readonly head: string
}

/**
 * The pull request whose merge made the commit `sha` of its base branch, however it was merged: `merge_commit_sha` is the merge commit, the
 * squashed commit, or the last of those that were rebased. Before a merge it is GitHub's trial merge, which counts for nothing. Null for
 * a commit that was pushed. Throws as `Github.ask`.
 */
export const mergedPull = (github: Github, sha: string): Promise<MergedPull | null> =>
  github.ask(
    { doing: `find the pull request of commit ${sha}`, needs: 'pull-requests: read' },
    async ({ paginate, rest }, at) => {
      const pulls = await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
        ...at,
        commit_sha: sha,
        per_page: 100,
      })
      const merged = pulls.find((pull) => pull.merged_at !== null && pull.merge_commit_sha === sha)
      return merged ? { number: merged.number, head: merged.head.sha } : null
    },
  )
