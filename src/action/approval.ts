import { asFailure, fault, isFault } from '../errors.ts'
import { asObject, get, textOf } from '../json.ts'
import type { Failure, JsonObject, Plan } from '../model.ts'
import { approve, isChange, parts, RENEWALS } from '../plan/checksum.ts'
import { standing } from '../plan/standing.ts'
import { planMarker } from './comment.ts'
import { githubOf, type Job } from './job.ts'
import { warningNote, type Note } from './result.ts'

/** What was approved, and why not more. */
export interface Approved {
  /** A checksum, or `RENEWALS` where nobody approved anything; null: whatever is checked out. */
  readonly approval: string | null
  /** The parts of the approved plan, where the comment holds them. */
  readonly parts: JsonObject
  readonly doubts: readonly Note[]
}

/** What `expect` stands for. */
export const approvalOf = async (job: Job, expect: string | null): Promise<Approved> =>
  expect === 'approved' ? await approvedByMerge(job) : { approval: expect, parts: {}, doubts: [] }

/**
 * What the pull request approved whose merge is checked out: the checksum in our comment on it. Without one, what needs no approval
 * may go on.
 */
async function approvedByMerge(job: Job): Promise<Approved> {
  const { mergedPull } = await import('../github/pulls.ts')
  const { findComment } = await import('../github/comments.ts')
  const { readMark } = await import('../github/mark.ts')
  const github = await githubOf(job)
  const doubt = (text: string): Approved => ({
    ...{ approval: RENEWALS, parts: {}, doubts: [warningNote(text)] },
  })
  const pull = await mergedPull(github, job.event)
  if (!pull) return doubt('No pull request was merged as this commit.')
  const marker = planMarker(job)
  const data = asObject(readMark(marker, (await findComment(github, pull.number, marker)) ?? ''))
  const checksum = textOf(data, 'checksum')
  if (checksum === null) return doubt(`Pull request #${pull.number} has no comment with a plan.`)
  return textOf(data, 'head') === pull.head
    ? { approval: checksum, parts: asObject(get(data, 'parts')), doubts: [] }
    : doubt(`The plan on pull request #${pull.number} is not of its last commit.`)
}

/** Why nothing may be carried out: nobody approved it, it is another plan than the approved one, or guards hold lists back. */
export function refusals(
  { approval, parts: approved }: Approved,
  plan: Plan,
  allow: readonly string[],
): readonly Failure[] {
  if (approval === null) return []
  const unapproved = approval === RENEWALS ? plan.lists.filter(isChange) : []
  if (unapproved.length > 0)
    return unapproved.map(({ name }) => asFailure(fault('not-a-renewal', { list: name })))
  try {
    if (approval !== RENEWALS) approve(approval, plan)
  } catch (error) {
    if (isFault(error, 'plan-differs')) return [withDifference(asFailure(error), approved, plan)]
    throw error
  }
  const outcomes = plan.lists.map((one) => standing(one, allow))
  return outcomes.flatMap((outcome) => (outcome.state === 'refused' ? outcome.failure : []))
}

/** The same, with what is not as it was approved, as far as its comment tells. */
export function withDifference<F extends Pick<Failure, 'message' | 'remedy'>>(
  failure: F,
  approved: JsonObject,
  plan: Plan,
): F {
  const now = parts(plan)
  const names = [...new Set([...Object.keys(approved), ...now.keys()])]
  const other = names.filter((name) => get(approved, name) !== (now.get(name) ?? null))
  const isTold = Object.keys(approved).length > 0 && other.length > 0
  return isTold
    ? { ...failure, message: `${failure.message}\n  Not as it was approved: ${other.join(', ')}.` }
    : failure
}

/** For whoever looks at a plan that was not carried out. */
export const howToApprove = ({ checksum }: Plan): string =>
  `\nIf this is what should be published: **Run workflow**, on the page of the workflow that publishes, with the checksum \`${checksum}\`, and under \`allow\` the guards that it needs.\n`
