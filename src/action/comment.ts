import { VmcastError } from '../errors.ts'
import type { JsonObject, Plan } from '../model.ts'
import { parts } from '../plan/checksum.ts'
import { cutMarkdown, LONGEST_COMMENT } from '../report/cut.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { githubOf, type Job } from './job.ts'
import type { Note } from './result.ts'

/** Marks the comment on a plan: a repository may have content in several folders. */
export const planMarker = ({ folder }: Job): string => `vmcast plan ${folder}`

/** Bytes: of more lists than that, only the checksum is kept. */
const LONGEST_MARK = 20_000

/**
 * Keeps the one comment on the pull request that this run is for, if it is for one. `approved` is the plan that merging approves; null
 * where there is nothing to approve. A comment is a courtesy: what fails is a note.
 */
export async function tellPull(job: Job, markdown: string, approved: Plan | null): Promise<readonly Note[]> {
  const { pull } = job.event
  if (!pull || !job.inputs.comment) return []
  const { markLine } = await import('../github/mark.ts')
  const { keepComment } = await import('../github/comments.ts')
  const { number, head, fork } = pull
  const marker = planMarker(job)
  const mark = markLine(marker, dataOf(head, approved))
  try {
    await keepComment(
      await githubOf(job),
      number,
      marker,
      `${mark}\n${bodyOf(job, markdown, LONGEST_COMMENT - mark.length)}`,
    )
    return []
  } catch (error) {
    if (!(error instanceof VmcastError) || error.code === 'interrupted') throw error
    const text = fork
      ? 'There is no comment: a pull request from a fork may not write one. The plan is in the summary of this run.'
      : `There is no comment: ${error.message}\n${error.remedy}`
    return [{ severity: fork ? 'notice' : 'warning', text, place: null }]
  }
}

/** For the run behind the merge: of which commit it is, what is approved, and the parts by which to tell what has changed since. */
function dataOf(head: string, approved: Plan | null): JsonObject {
  if (!approved) return { head }
  const data = { head, checksum: approved.checksum }
  const whole = { ...data, parts: Object.fromEntries(parts(approved)) }
  return JSON.stringify(whole).length > LONGEST_MARK ? data : whole
}

function bodyOf({ event, folder }: Job, markdown: string, most: number): string {
  const where = folder === '.' ? '' : ` in ${escapeMarkdown(folder)}`
  const more = `**This is not all of it:** the rest is in [the summary of the run](${event.runUrl}), and in its artefact.`
  return [
    `## What merging would publish${where}`,
    cutMarkdown(markdown, most, more),
    `Of commit ${event.pull?.head ?? ''}, by [this run](${event.runUrl}).`,
  ].join('\n\n')
}
