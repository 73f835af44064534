import { resolve } from 'node:path'
import { guardsIn } from '../commands/guards.ts'
import { asFailure, isFault } from '../errors.ts'
import type { Outcome, Report } from '../model.ts'
import { RENEWALS } from '../plan/checksum.ts'
import { reconcile } from '../reconcile.ts'
import { planMarkdown } from '../report/markdown.ts'
import { outcomeText, exitStatus } from '../report/outcome.ts'
import { reportMarkdown } from '../report/published.ts'
import { publishRelease } from '../steps/publish.ts'
import { approvalOf, howToApprove, withDifference } from './approval.ts'
import type { InputsOf } from './inputs.ts'
import type { Job } from './job.ts'
import { planNow, planOutputs } from './plan.ts'
import { failureNote, firstEnd, warningNote, type Note, type Outputs, type Result } from './result.ts'
import { pushTags } from './tags.ts'

/** Publishes what was approved. Where the world has moved, shows the plan as it is now, and how to approve that. */
export async function reconcileStep(job: Job, inputs: InputsOf<'plan' | 'reconcile'>): Promise<Result> {
  const { scope, surroundings } = job
  const { approval, parts, doubts } = await approvalOf(job, inputs.expect)
  const order = { ...scope, allow: guardsIn(inputs.allow), approved: approval }
  try {
    const report = await reconcile(order, surroundings)
    // Lists that would change are none of a renewal's: `status` tells of them.
    const others = inputs.expect === RENEWALS ? report.lists.filter(isNoRenewal) : []
    const own = { ...report, lists: report.lists.filter((list) => !others.includes(list)) }
    const result = await resultOf(job, own)
    const isHeld = own.lists.some((list) => list.state === 'refused')
    return {
      ...result,
      summary: isHeld ? result.summary + planPart(report) : result.summary,
      notes: [...(isHeld ? doubts : []), ...others.flatMap(heldNotes), ...result.notes],
    }
  } catch (error) {
    if (!isFault(error, 'plan-differs')) throw error
    const plan = await planNow(job, { secrets: true })
    return {
      status: error.exitCode,
      outputs: await planOutputs(job, plan),
      summary: planMarkdown(plan) + howToApprove(plan),
      notes: [failureNote(withDifference(asFailure(error), parts, plan))],
    }
  }
}

/** Publishes what was signed. */
export async function publishStep(job: Job, inputs: InputsOf<'sign' | 'publish'>): Promise<Result> {
  const { scope, surroundings, context } = job
  const folder = resolve(context.cwd, inputs.release)
  const order = { ...scope, folder, allow: guardsIn(inputs.allow) }
  return await resultOf(job, await publishRelease(order, surroundings))
}

const isNoRenewal = (list: Outcome): boolean =>
  list.state === 'refused' && list.failure.code === 'not-a-renewal'

const heldNotes = (list: Outcome): Note[] => ('failure' in list ? [warningNote(list.failure.message)] : [])

const planPart = ({ plan }: Report): string =>
  `\n<details><summary>The plan</summary>\n\n${planMarkdown(plan)}\n</details>\n${howToApprove(plan)}`

async function resultOf(job: Job, report: Report): Promise<Result> {
  job.context.stdout.write(outcomeText(report))
  // Before all that can fail: it is out there already.
  const untagged = await pushTags(job, report)
  return {
    status: exitStatus(report),
    outputs: { ...(await planOutputs(job, report.plan)), ...reportOutputs(report) },
    summary: reportMarkdown(report),
    notes: [
      ...report.lists.flatMap((list) => ('failure' in list ? failureNote(list.failure) : [])),
      ...report.lists.flatMap((list) =>
        list.state === 'published' ? list.warnings.map((text) => warningNote(`${list.name}: ${text}`)) : [],
      ),
      ...untagged,
    ],
  }
}

function reportOutputs({ lists }: Report): Outputs {
  const published = lists.flatMap((list) =>
    list.state === 'published'
      ? {
          name: list.name,
          uri: list.uri,
          version: list.version.to,
          expires: list.expires,
          sha256: list.sha256,
        }
      : [],
  )
  return {
    changed: published.length > 0,
    published: JSON.stringify(published),
    ...firstEnd(lists.flatMap((list) => ('expires' in list ? list.expires : []))),
  }
}
