import { DAY } from '../dates.ts'
import { VmcastError } from '../errors.ts'
import type { ListStatus } from '../model.ts'
import { cutMarkdown, LONGEST_COMMENT } from '../report/cut.ts'
import { concernsOf, statusMarkdown, statusOf, statusText } from '../report/status.ts'
import { look } from '../survey.ts'
import { githubOf, type Job } from './job.ts'
import { failureNote, firstEnd, warningNote, type Note, type Result } from './result.ts'

/** A list says itself when it is to be renewed; a CA may take weeks for a certificate. */
const WITHIN = { list: 0, certificate: 30 * DAY }

/** Shows how every list stands, and keeps one issue open as long as anything is wrong; without an issue, the job fails instead. */
export async function statusStep(job: Job): Promise<Result> {
  const { scope, surroundings, context, inputs } = job
  const { plan, world } = await look(scope, { secrets: false }, surroundings)
  const lists = statusOf(plan, world, WITHIN)
  context.stdout.write(statusText(lists))
  const summary = statusMarkdown(lists)
  const wrong = lists.filter((list) => concernsOf(list).length > 0)
  const untold = inputs.comment ? await tellIssue(job, wrong, summary) : []
  return {
    status: untold.length > 0 || (wrong.length > 0 && !inputs.comment) ? 1 : 0,
    outputs: {
      changed: lists.some(({ drift }) => drift !== 'keep'),
      ...firstEnd(lists.flatMap(({ expires }) => expires ?? [])),
    },
    summary,
    notes: [
      ...untold,
      ...wrong.flatMap((list) => concernsOf(list).map((text) => warningNote(`${list.name}: ${text}`))),
    ],
  }
}

/** What kept the issue from being told is an error; how the lists stand is told all the same. */
async function tellIssue(job: Job, wrong: readonly ListStatus[], summary: string): Promise<readonly Note[]> {
  const { keepIssue } = await import('../github/issues.ts')
  const { markLine } = await import('../github/mark.ts')
  const { event, folder } = job
  const marker = `vmcast status ${folder}`
  const title = `vmcast: ${wrong.length} image ${wrong.length === 1 ? 'list needs' : 'lists need'} a look`
  const body = [
    markLine(marker, {}),
    cutMarkdown(summary, LONGEST_COMMENT, `The rest is in [the summary of the run](${event.runUrl}).`),
    '',
    `As of [this run](${event.runUrl}). The first run that finds all in order closes this issue.`,
  ].join('\n')
  try {
    await keepIssue(await githubOf(job), marker, wrong.length === 0 ? null : { title, body })
    return []
  } catch (error) {
    if (!(error instanceof VmcastError) || error.code === 'interrupted') throw error
    return [failureNote(error)]
  }
}
