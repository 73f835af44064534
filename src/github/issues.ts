import type { Octokit } from '@octokit/rest'
import type { Github, Place } from './client.ts'
import { isOurs, sameText } from './mark.ts'

export interface IssueText {
  readonly title: string
  /** Begins with the marker's line (`markLine`). */
  readonly body: string
}

export interface KeptIssue {
  readonly number: number
  readonly done: 'opened' | 'updated' | 'kept' | 'closed'
}

const CLOSING = 'All is well again.'

/**
 * Keeps one open issue under `marker` while something is `wanted`, and closes it when that is null. One that was closed is left closed:
 * what comes later is another matter, and gets an issue of its own. Null if there was none, and none is wanted. Throws as `Github.ask`.
 */
export const keepIssue = (
  github: Github,
  marker: string,
  wanted: IssueText | null,
): Promise<KeptIssue | null> =>
  github.ask({ doing: 'keep an issue about what is wrong', needs: 'issues: write' }, async (octokit, at) => {
    const there = await find(octokit, at, marker)
    if (wanted) return there ? update(octokit, at, there, wanted) : open(octokit, at, wanted)
    return there ? close(octokit, at, there.number) : null
  })

type Issue = NonNullable<Awaited<ReturnType<typeof find>>>

/** All open issues are looked through: GitHub's filter by author does not find apps everywhere. */
async function find({ paginate, rest }: Octokit, at: Place, marker: string) {
  const issues = await paginate(rest.issues.listForRepo, { ...at, state: 'open', per_page: 100 })
  return issues.findLast((issue) => !issue.pull_request && isOurs(issue, marker))
}

async function open({ rest }: Octokit, at: Place, wanted: IssueText): Promise<KeptIssue> {
  const { data } = await rest.issues.create({ ...at, ...wanted })
  return { number: data.number, done: 'opened' }
}

async function update({ rest }: Octokit, at: Place, issue: Issue, wanted: IssueText): Promise<KeptIssue> {
  const { number, title, body } = issue
  if (title === wanted.title && sameText(body, wanted.body)) return { number, done: 'kept' }
  await rest.issues.update({ ...at, issue_number: number, ...wanted })
  return { number, done: 'updated' }
}

/** Closes it before it says so: an issue that stays open although all is well would be worse than one that closes without a word. */
async function close({ rest }: Octokit, at: Place, number: number): Promise<KeptIssue> {
  await rest.issues.update({ ...at, issue_number: number, state: 'closed', state_reason: 'completed' })
  await rest.issues.createComment({ ...at, issue_number: number, body: CLOSING })
  return { number, done: 'closed' }
}
