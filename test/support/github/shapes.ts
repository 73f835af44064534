import type { Author, FakeComment, FakeIssue, FakePull, State } from './state.ts'

/** How GitHub tells of what it holds: the fields that matter. */

const userShape = ({ login, type }: Author) => ({ login, type, site_admin: false })

export const commentShape = ({ id, user, body }: FakeComment) => ({ id, user: userShape(user), body })

export const issueShape = ({ number, title, body, user, state, locked }: FakeIssue, isPull: boolean) => ({
  number,
  title,
  body,
  user: userShape(user),
  state,
  locked,
  ...(isPull ? { pull_request: { url: '' } } : {}),
})

/** As it stands in lists of the API's version 2022-11-28, and in the payload of an event. */
export const pullShape = (pull: FakePull, { repository }: State) => ({
  ...issueShape(pull, false),
  merged_at: pull.mergedAt,
  merge_commit_sha: pull.mergeCommit,
  head: {
    ref: pull.head.ref,
    sha: pull.head.sha,
    repo: pull.head.repository === null ? null : { full_name: pull.head.repository },
  },
  base: { ref: pull.base.ref, sha: pull.base.sha, repo: { full_name: repository } },
})
