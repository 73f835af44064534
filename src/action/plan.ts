import { join } from 'node:path'
import { guardsIn } from '../commands/guards.ts'
import { fault, VmcastError } from '../errors.ts'
import type { Plan } from '../model.ts'
import { checksum, isChange, RENEWALS } from '../plan/checksum.ts'
import { writeJsonFile } from '../release/file.ts'
import { planMarkdown } from '../report/markdown.ts'
import { planMatrix } from '../report/matrix.ts'
import { planText } from '../report/text.ts'
import { look } from '../survey.ts'
import { approvalOf, howToApprove, refusals } from './approval.ts'
import { tellPull } from './comment.ts'
import type { InputsOf } from './inputs.ts'
import type { Job } from './job.ts'
import {
  failureMarkdown,
  failureNote,
  firstEnd,
  warningNote,
  type Note,
  type Outputs,
  type Result,
} from './result.ts'
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
  const { plan, held } = await planFor(job, inputs.expect).catch(async (error: unknown) => {
    // Else the comment would go on showing an earlier plan.
    if (error instanceof VmcastError) await tellPull(job, failureMarkdown(error), null)
    throw error
  })
  const markdown = planMarkdown(plan)
  const approved = await approvalOf(job, inputs.expect)
  const refused = refusals(approved, plan, guardsIn(job.inputs.allow))
  const failed = plan.lists.flatMap((list) => (list.action === 'failed' ? list.failure : []))
  return {
    status: failed.length > 0 || refused.length > 0 ? 1 : 0,
    outputs: await planOutputs(job, plan),
    summary: refused.length > 0 && inputs.expect !== RENEWALS ? markdown + howToApprove(plan) : markdown,
    notes: [
      ...checked.notes,
      ...[...failed, ...refused].map(failureNote),
      ...(refused.length > 0 ? approved.doubts : []),
      ...held,
      ...(await tellPull(job, markdown, failed.length > 0 ? null : plan)),
    ],
  }
}

/** The plan of all lists; with `renewals`, of those that nobody has to approve: the others hold up none of them. */
async function planFor(job: Job, expect: string | null): Promise<{ plan: Plan; held: readonly Note[] }> {
  const plan = await planNow(job, PUBLIC)
  const held = expect === RENEWALS ? plan.lists.filter(isChange) : []
  if (held.length === 0) return { plan, held: [] }
  const lists = plan.lists.filter((list) => !held.includes(list)).map(({ name }) => name)
  const none = { ...plan, lists: [] }
  return {
    // None named would mean all.
    plan:
      lists.length === 0
        ? { ...none, checksum: checksum(none) }
        : await planNow({ ...job, scope: { ...job.scope, lists } }, PUBLIC),
    held: held.map(({ name }) => warningNote(fault('not-a-renewal', { list: name }).message)),
  }
}

/** Whatever a pull request of a fork may ask. */
const PUBLIC = { secrets: false }

/** The plan as it is now, shown in the log; with `secrets`, as targets tell whoever may log in: a web server may lag behind. */
export async function planNow(
  { scope, surroundings, context }: Job,
  secrets: { readonly secrets: boolean },
): Promise<Plan> {
  const { plan } = await look(scope, secrets, surroundings)
  context.stdout.write(planText(plan, { colour: false }))
  return plan
}

/** Writes the plan where later steps find it. */
export async function planOutputs({ context }: Job, plan: Plan): Promise<Outputs> {
  const path = join(context.env['RUNNER_TEMP'] ?? context.cwd, 'plan.json')
  await writeJsonFile(path, plan)
  const matrix = planMatrix(plan)
  return {
    changed: plan.lists.some(({ action }) => action !== 'keep'),
    ...{ plan: path, checksum: plan.checksum },
    matrix: matrix === null ? '' : JSON.stringify(matrix),
    ...firstEnd(plan.lists.flatMap((list) => (list.action === 'failed' ? [] : list.expires.to))),
  }
}
