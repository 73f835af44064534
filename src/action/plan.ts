import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from '../desired/load.ts'
import { guardsIn } from '../commands/guards.ts'
import { asFailure, fault, isFault } from '../errors.ts'
import type { Failure, Fault, Plan } from '../model.ts'
import { approve, isUnapproved, RENEWALS, type Approval } from '../plan/checksum.ts'
import { standing } from '../plan/standing.ts'
import { writeJsonFile } from '../release/file.ts'
import { escapeMarkdown } from '../report/escape.ts'
import { planMarkdown } from '../report/markdown.ts'
import { planMatrix } from '../report/matrix.ts'
import { planText } from '../report/text.ts'
import { survey } from '../survey.ts'
import { approvedByMerge, tellPull } from './comment.ts'
import type { InputsOf } from './inputs.ts'
import type { Job } from './job.ts'
import { failureNote, noteOf, warningNote, type Note, type Outputs, type Result } from './result.ts'

/**
 * Checks the files and plans; tells the pull request, if this is one. With `expect`, a plan that is not what was
 * approved is refused, here and now: the steps that would carry it out are other jobs.
 */
export async function planStep(job: Job, inputs: InputsOf<'plan' | 'reconcile'>): Promise<Result> {
  const checked = await validateStep(job)
  if (checked.status !== 0) {
    return { ...checked, notes: [...checked.notes, ...(await tellPull(job, checked.summary, null))] }
  }
  const { plan, held } = await planFor(job, inputs.expect)
  const markdown = planMarkdown(plan)
  const { approval, doubts } = await approvalOf(job, inputs.expect)
  const refused = approval === null ? [] : refusals(approval, plan, guardsIn(job.inputs.allow))
  const failed = plan.lists.flatMap((list) => (list.action === 'failed' ? list.failure : []))
  return {
    status: failed.length > 0 || refused.length > 0 ? 1 : 0,
    outputs: await planOutputs(job, plan),
    summary: refused.length > 0 ? markdown + howToApprove(plan) : markdown,
    notes: [
      ...checked.notes,
      ...[...failed, ...refused].map(failureNote),
      ...(refused.length > 0 ? doubts : []),
      ...held,
      ...(await tellPull(job, markdown, failed.length > 0 ? null : plan.checksum)),
    ],
  }
}

/** The plan of all lists; with `renewals`, of those that nobody has to approve: the others hold up none of them. */
async function planFor(job: Job, expect: string | null): Promise<{ plan: Plan; held: readonly Note[] }> {
  const plan = await planNow(job)
  const held = expect === RENEWALS ? plan.lists.filter((list) => isUnapproved(RENEWALS, list)) : []
  if (held.length === 0) return { plan, held: [] }
  const rest = plan.lists.filter((list) => !held.includes(list))
  const lists = rest.map(({ name }) => name)
  return {
    // None named would mean all.
    plan:
      lists.length === 0 ? { ...plan, lists: [] } : await planNow({ ...job, scope: { ...job.scope, lists } }),
    held: held.map(({ name }) => warningNote(fault('not-a-renewal', { list: name }).message)),
  }
}

/** Every fault of the files, at its line. */
export async function validateStep({ folder, scope }: Job): Promise<Result> {
  const { faults } = await inspect(scope.root)
  const broken = faults.some(({ severity }) => severity === 'error')
  return {
    status: broken ? 1 : 0,
    outputs: {},
    summary: [...(faults.length > 0 ? faults.map(faultLine) : ['The files are in order.']), ''].join('\n'),
    notes: faults.map((one) => noteOf({ ...one, file: join(folder, one.file) })),
  }
}

const faultLine = ({ severity, file, line, message, remedy }: Fault): string =>
  `- ${severity === 'error' ? '**Error**' : 'Warning'}, ${escapeMarkdown(file)}, line ${line}: ${escapeMarkdown(message)} ${escapeMarkdown(remedy)}`

/** The plan as it is now, shown in the log. */
export async function planNow({ scope, surroundings, context }: Job): Promise<Plan> {
  const { plan, pool } = await survey(scope, { secrets: false, reading: 'read' }, surroundings)
  await pool.close()
  context.stdout.write(planText(plan, { colour: false }))
  return plan
}

/** Writes the plan where later steps find it. */
export async function planOutputs({ context }: Job, plan: Plan): Promise<Outputs> {
  const folder = context.env['RUNNER_TEMP'] ?? context.cwd
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'plan.json')
  await writeJsonFile(path, plan)
  const matrix = planMatrix(plan)
  const ends = plan.lists.flatMap((list) => (list.action === 'failed' ? [] : list.expires.to)).sort()
  return {
    changed: plan.lists.some(({ action }) => action !== 'keep'),
    ...{ plan: path, checksum: plan.checksum },
    matrix: matrix === null ? '' : JSON.stringify(matrix),
    ...(ends[0] === undefined ? {} : { expires: ends[0] }),
  }
}

/** What `expect` stands for; null: whatever is checked out. */
export async function approvalOf(
  job: Job,
  expect: string | null,
): Promise<{ readonly approval: Approval | null; readonly doubts: readonly Note[] }> {
  if (expect !== 'approved') return { approval: expect, doubts: [] }
  const { approval, doubt } = await approvedByMerge(job)
  return { approval, doubts: doubt === null ? [] : [warningNote(doubt)] }
}

/** Why nothing may be carried out: it is another plan than the one that was approved, or a guard holds a list back. */
function refusals(approval: Approval, plan: Plan, allow: readonly string[]): readonly Failure[] {
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
