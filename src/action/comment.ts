import { VmcastError } from '../errors.ts'
import { asObject, textOf } from '../json.ts'
import { cutMarkdown, LONGEST_COMMENT } from '../report/cut.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { RENEWALS } from '../plan/checksum.ts'
import { githubOf, type Job } from './job.ts'
import type { Note } from './result.ts'

/** A repository may have content in several folders. */
const markerOf = ({ folder }: Job): string => `vmcast plan ${folder}`

/**
 * Keeps the one comment on the pull request that this run is for, if it is for one. `checksum` is what merging approves; null where
 * there is nothing to approve. A comment is a courtesy: what fails is a note.
 */
export async function tellPull(
  job: Job,
  markdown: string,
  checksum: string | null,
): Promise<readonly Note[]> {
  const { event, inputs, folder } = job
  if (!event.pull || !inputs.comment) return []
  const { markLine } = await import('../github/mark.ts')
  const { keepComment } = await import('../github/comments.ts')
  const { number, head, fork } = event.pull
  const where = folder === '.' ? '' : ` in ${escapeMarkdown(folder)}`
  const body = [
    markLine(markerOf(job), { head, ...(checksum === null ? {} : { checksum }) }),
    `## What merging would publish${where}`,
    '',
    cutMarkdown(
      markdown,
      LONGEST_COMMENT,
      `**This is not all of it:** the rest is in [the summary of the run](${event.runUrl}), and in its artefact.`,
    ),
    '',
    `Of commit ${head}, by [this run](${event.runUrl}).`,
  ].join('\n')
  try {
    await keepComment(await githubOf(job), number, markerOf(job), body)
    return []
  } catch (error) {
    if (!(error instanceof VmcastError) || error.code === 'interrupted') throw error
    const text = fork
      ? 'There is no comment: a pull request from a fork may not write one. The plan is in the summary of this run.'
      : `There is no comment: ${error.message}\n${error.remedy}`
    return [{ severity: fork ? 'notice' : 'warning', text, place: null }]
  }
}

/** What was approved, and why not more. */
export interface Approved {
  /** A checksum, or `RENEWALS` where nobody approved anything. */
  readonly approval: string
  readonly doubt: string | null
}

/**
 * What the pull request approved whose merge is checked out: the checksum in our comment on it. Without one, what needs no approval
 * may go on.
 */
export async function approvedByMerge(job: Job): Promise<Approved> {
  const { mergedPull } = await import('../github/pulls.ts')
  const { findComment } = await import('../github/comments.ts')
  const { readMark } = await import('../github/mark.ts')
  const github = await githubOf(job)
  const doubt = (text: string): Approved => ({ approval: RENEWALS, doubt: text })
  const pull = await mergedPull(github, job.event)
  if (!pull) return doubt('No pull request was merged as this commit.')
  const marker = markerOf(job)
  const data = asObject(readMark(marker, (await findComment(github, pull.number, marker)) ?? ''))
  const checksum = textOf(data, 'checksum')
  if (checksum === null) return doubt(`Pull request #${pull.number} has no comment with a plan.`)
  return textOf(data, 'head') === pull.head
    ? { approval: checksum, doubt: null }
    : doubt(`The plan on pull request #${pull.number} is not of its last commit.`)
}
