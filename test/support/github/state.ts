/** What a repository at the mock of GitHub holds. */

export interface Author {
  readonly login: string
  readonly type: 'Bot' | 'User'
}

/** Whoever uses the token of a job. */
export const BOT: Author = { login: 'github-actions[bot]', type: 'Bot' }

/** What a job's token may do, as in a workflow's `permissions`. */
export type Permissions = Readonly<
  Partial<Record<'contents' | 'issues' | 'pull-requests', 'read' | 'write' | 'none'>>
>

export interface FakeIssue {
  readonly number: number
  readonly user: Author
  title: string
  body: string
  state: 'open' | 'closed'
  locked: boolean
}

export interface FakePull extends FakeIssue {
  /** The repository is as in `GITHUB_REPOSITORY`; null where a fork was deleted. */
  readonly head: { sha: string; readonly ref: string; readonly repository: string | null }
  readonly base: { sha: string; readonly ref: string }
  mergedAt: string | null
  /** Before the merge, GitHub's trial of it. */
  mergeCommit: string | null
  /** What it brought to its base besides that. */
  commits: string[]
}

export interface FakeComment {
  readonly id: number
  /** Of the issue or pull request. */
  readonly number: number
  readonly user: Author
  body: string
}

export interface State {
  readonly repository: string
  /** The bare repository in which tags are made; null if there is none. */
  readonly git: string | null
  readonly pulls: FakePull[]
  readonly issues: FakeIssue[]
  readonly comments: FakeComment[]
}

/** The issue or pull request of that number. */
export const numbered = ({ issues, pulls }: State, number: number): FakeIssue | undefined =>
  [...issues, ...pulls].find((one) => one.number === number)

export function addIssue(state: State, title: string, body: string, user: Author): FakeIssue {
  const issue: FakeIssue = { number: nextNumber(state), user, title, body, state: 'open', locked: false }
  state.issues.push(issue)
  return issue
}

export type NewPull = Pick<FakePull, 'base'> & {
  readonly head: { readonly sha: string; readonly ref: string; readonly repository?: string | null }
  readonly title?: string
  readonly body?: string
  readonly user?: Author
}

export function addPull(state: State, given: NewPull): FakePull {
  const { title = 'Change an image', body = '', user = { login: 'endorser', type: 'User' } } = given
  const pull: FakePull = {
    number: nextNumber(state),
    user,
    title,
    body,
    state: 'open',
    locked: false,
    head: { repository: state.repository, ...given.head },
    base: given.base,
    mergedAt: null,
    mergeCommit: null,
    commits: [],
  }
  state.pulls.push(pull)
  return pull
}

export function addComment({ comments }: State, number: number, body: string, user: Author): FakeComment {
  const comment = { id: comments.length + 1, number, body, user }
  comments.push(comment)
  return comment
}

/** Issues and pull requests are numbered together. */
const nextNumber = ({ issues, pulls }: State): number => issues.length + pulls.length + 1
