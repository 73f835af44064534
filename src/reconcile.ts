import pLimit from 'p-limit'
import { render } from './apply/render.ts'
import { signList, type Desk } from './apply/sign.ts'
import { uploadMissing } from './apply/upload.ts'
import { asFailure, fault } from './errors.ts'
import type { DueList, ListPlan, Outcome, Plan, Report, Surroundings } from './model.ts'
import { approve, isChange, RENEWALS, type Approval } from './plan/checksum.ts'
import { diff } from './plan/diff.ts'
import { isDue } from './plan/guard.ts'
import { standing } from './plan/standing.ts'
import { publishList } from './publication.ts'
import { survey, tellWarnings, type Scope, type Survey } from './survey.ts'
import { judgeSigner } from './trust/judge.ts'

const SIDE_BY_SIDE = 4

export interface Order extends Scope {
  /** Guards that may be passed: kinds, or `replace=<sha256>`. */
  readonly allow: readonly string[]
  /** What somebody approved; nothing else is then carried out. */
  readonly approved: Approval | null
}

/**
 * Makes the published lists what the repository says: load, observe, diff (the survey), guard, upload what
 * is missing, ask for every address, compose, sign, swap, read back and verify, report. An error in one list
 * stops that list alone, before its publication; what concerns all of them is thrown.
 */
export async function reconcile(order: Order, surroundings: Surroundings): Promise<Report> {
  const reading = order.approved ? 'read' : 'defer'
  const seen = await survey(order, { secrets: true, reading }, surroundings)
  try {
    if (order.approved && order.approved !== RENEWALS) approve(order.approved, seen.plan)
    tellWarnings(seen.plan, surroundings.progress)
    const due = seen.plan.lists.filter((list): list is DueList => isInOneGo(list, order))
    const desk = due.length > 0 ? await setUp(seen, surroundings) : null
    const plan = desk ? await uploadAndPlanAgain(due, seen, surroundings) : seen.plan
    const limit = pLimit(SIDE_BY_SIDE)
    const outcomes = plan.lists.map((list) =>
      limit(() => {
        if (desk && isInOneGo(list, order)) return carryOut(list, seen, desk, surroundings)
        if (isHeld(list, order)) return unapproved(list)
        return isDue(list, order.allow) ? inSteps(list) : standing(list, order.allow)
      }),
    )
    return { plan, lists: await Promise.all(outcomes) }
  } finally {
    await seen.pool.close()
  }
}

/** Whoever countersigns sits at another machine. */
const isInOneGo = (list: ListPlan, order: Order): list is DueList =>
  isDue(list, order.allow) && list.countersigners.length === 0 && !isHeld(list, order)

const isHeld = (list: ListPlan, { approved }: Order): boolean => approved === RENEWALS && isChange(list)

const unapproved = ({ name }: ListPlan): Outcome => ({
  ...{ name, state: 'refused', failure: asFailure(fault('not-a-renewal', { list: name })) },
})

const inSteps = ({ name, countersigners }: DueList): Outcome => ({
  ...{ name, state: 'failed' },
  failure: asFailure(
    fault('countersign-in-steps', { list: name, names: countersigners.map(({ dn }) => dn) }),
  ),
})

/** The key is only asked for when there is something to sign, and judged before anything is uploaded. */
async function setUp({ endorser, anchors }: Survey, { now, progress }: Surroundings): Promise<Desk> {
  const pen = await endorser()
  for (const warning of judgeSigner(pen, anchors, now())) progress.step(`Warning: ${warning}`)
  return { pen, anchors, now }
}

/** What was not known of a file before it was uploaded is known now: the same diff, once more. */
async function uploadAndPlanAgain(
  due: readonly DueList[],
  { desired, lists, world, pool, access }: Survey,
  { now }: Surroundings,
): Promise<Plan> {
  const uploaded = await uploadMissing(due, desired.images, pool, access)
  const files = new Map([...world.files, ...uploaded])
  return diff(desired, { ...world, files, tried: new Set(uploaded.keys()), now: now() }, lists)
}

/** The last steps, of one list: ask for every address, compose, sign, swap, read back and verify. */
async function carryOut(
  plan: DueList,
  seen: Survey,
  desk: Desk,
  { now, progress, signal }: Surroundings,
): Promise<Outcome> {
  const { desired, lists, pool } = seen
  const { name, uri, version } = plan
  try {
    signal.throwIfAborted()
    const list = lists.find((one) => one.name === name)
    if (!list) throw new Error(`${name} is planned, but not desired`)
    progress.step(`${name}: asking for every image address`)
    const material = { list, images: desired.images, targets: desired.config.targets, pool }
    const content = await render(plan, material, now())
    progress.step(`${name}: signing and publishing version ${version.to}`)
    const message = await signList(content, uri, desk)
    return await publishList(plan, message, seen, now)
  } catch (error) {
    return { name, state: 'failed', failure: asFailure(error) }
  }
}
