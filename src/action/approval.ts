import { asFailure, fault, isFault } from '../errors.ts'
import { asObject, textOf } from '../json.ts'
import type { Failure, Plan } from '../model.ts'
import { approve, isUnapproved, RENEWALS, type Approval } from '../plan/checksum.ts'
import { standing } from '../plan/standing.ts'
import { planMarker } from './comment.ts'
import { githubOf, type Job } from './job.ts'
import { warningNote, type Note } from './result.ts'

/** What `expect` stands for; null: whatever is checked out. */
export async function approvalOf(
  job: Job,
  expect: string | null,
): Promise<{ readonly approval: Approval | null; readonly doubts: readonly Note[] }> {
  if (expect !== 'approved') return { approval: expect, doubts: [] }
  const { approval, doubt } = await approvedByMerge(job)
  return { approval, doubts: doubt === null ? [] : [warningNote(doubt)] }
}

/** What was approved, and why not more. */
interface Approved {
  /** A checksum, or `RENEWALS` where nobody approved anything. */
  readonly approval: string
  readonly doubt: string | null
}

/**
 * What the pull request approved whose merge is checked out: the checksum in our comment on it. Without one, what needs no approval
 * may go on.
 */
async function approvedByMerge(job: Job): Promise<Approved> {
  const { mergedPull } = await import('../github/pulls.ts')
  const { findComment } = await import('../github/comments.ts')
  const { readMark } = await import('../github/mark.ts')
  const github = await githubOf(job)
  const doubt = (text: string): Approved => ({ approval: RENEWALS, doubt: text })
  const pull = await mergedPull(github, job.event)
  if (!pull) return doubt('No pull request was merged as this commit.')
  const marker = planMarker(job)
  const data = asObject(readMark(marker, (await findComment(github, pull.number, marker)) ?? ''))
  const checksum = textOf(data, 'checksum')
  if (checksum === null) return doubt(`Pull request #${pull.number} has no comment with a plan.`)
  return textOf(data, 'head') === pull.head
    ? { approval: checksum, doubt: null }
    : doubt(`The plan on pull request #${pull.number} is not of its last commit.`)
}

/** Why nothing may be carried out: it is another plan than the one that was approved, or a guard holds a list back. */
export function refusals(approval: Approval, plan: Plan, allow: readonly string[]): readonly Failure[] {
  try {
    approve(approval, plan)
    const list = plan.lists.find((one) => isUnapproved(approval, one))
    if (list) return [asFailure(fault('not-a-renewal', { list: list.name }))]
    const outcomes = plan.lists.map((one) => standing(one, allow))
    return outcomes.flatMap((outcome) => (outcome.state === 'refused' ? outcome.failure : []))
  } catch (error) {
    if (isFault(error, 'plan-differs')) return [asFailure(error)]
    throw error
  }
}

/** For whoever looks at a plan that was not carried out. */
export const howToApprove = ({ checksum }: Plan): string =>
  `\nIf this is what should be published: **Run workflow**, on the page of the workflow that publishes, with the checksum \`${checksum}\`.\n`
