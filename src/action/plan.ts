import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { guardsIn } from '../commands/guards.ts'
import { fault } from '../errors.ts'
import type { Plan } from '../model.ts'
import { isUnapproved, RENEWALS } from '../plan/checksum.ts'
import { writeJsonFile } from '../release/file.ts'
import { planMarkdown } from '../report/markdown.ts'
import { planMatrix } from '../report/matrix.ts'
import { planText } from '../report/text.ts'
import { survey } from '../survey.ts'
import { approvalOf, howToApprove, refusals } from './approval.ts'
import { tellPull } from './comment.ts'
import type { InputsOf } from './inputs.ts'
import type { Job } from './job.ts'
import { failureNote, warningNote, type Note, type Outputs, type Result } from './result.ts'
import { validateStep } from './validate.ts'

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
