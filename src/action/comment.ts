import { VmcastError } from '../errors.ts'
import { cutMarkdown, LONGEST_COMMENT } from '../report/cut.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { githubOf, type Job } from './job.ts'
import type { Note } from './result.ts'

/** Marks the comment on a plan: a repository may have content in several folders. */
export const planMarker = ({ folder }: Job): string => `vmcast plan ${folder}`

/**
 * Keeps the one comment on the pull request that this run is for, if it is for one. `checksum` is what merging approves; null where
 * there is nothing to approve. A comment is a courtesy: what fails is a note.
 */
export async function tellPull(
  job: Job,
  markdown: string,
  checksum: string | null,
): Promise<readonly Note[]> {
  const { pull } = job.event
  if (!pull || !job.inputs.comment) return []
  const { markLine } = await import('../github/mark.ts')
  const { keepComment } = await import('../github/comments.ts')
  const { number, head, fork } = pull
  const marker = planMarker(job)
  const mark = markLine(marker, { head, ...(checksum === null ? {} : { checksum }) })
  try {
    await keepComment(await githubOf(job), number, marker, `${mark}\n${bodyOf(job, markdown, head)}`)
    return []
  } catch (error) {
    if (!(error instanceof VmcastError) || error.code === 'interrupted') throw error
    const text = fork
      ? 'There is no comment: a pull request from a fork may not write one. The plan is in the summary of this run.'
      : `There is no comment: ${error.message}\n${error.remedy}`
    return [{ severity: fork ? 'notice' : 'warning', text, place: null }]
  }
}

function bodyOf({ event, folder }: Job, markdown: string, head: string): string {
  const where = folder === '.' ? '' : ` in ${escapeMarkdown(folder)}`
  const more = `**This is not all of it:** the rest is in [the summary of the run](${event.runUrl}), and in its artefact.`
  return [
    `## What merging would publish${where}`,
    cutMarkdown(markdown, LONGEST_COMMENT, more),
    `Of commit ${head}, by [this run](${event.runUrl}).`,
  ].join('\n\n')
}
