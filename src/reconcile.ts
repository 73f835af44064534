import pLimit from 'p-limit'
import { askAddresses } from './apply/ask.ts'
import { publish, type Press } from './apply/publish.ts'
import { uploadMissing } from './apply/upload.ts'
import { asFailure } from './errors.ts'
import { compose, serialize } from './list/compose.ts'
import { parse } from './list/parse.ts'
import type { ListPlan, Outcome, Plan, PlannedList, Report, Surroundings } from './model.ts'
import { approve, type Approval } from './plan/checksum.ts'
import { diff } from './plan/diff.ts'
import { refusal } from './plan/guard.ts'
import { survey, type Scope, type Survey } from './survey.ts'
import { judgeSigner } from './trust/judge.ts'

const SIDE_BY_SIDE = 4

export interface Order extends Scope {
  /** Guards that may be passed: kinds, or `replace=<sha256>`. */
  readonly allow: readonly string[]
  /** The plan that somebody approved; nothing else is then carried out. */
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
    if (order.approved) approve(order.approved, seen.plan)
    const due = seen.plan.lists.filter((list) => isDue(list, order))
    const press = due.length > 0 ? await setUp(seen, surroundings) : null
    const plan = press ? await uploadAndPlanAgain(due, seen, surroundings) : seen.plan
    const limit = pLimit(SIDE_BY_SIDE)
    const outcomes = plan.lists.map((list) =>
      limit(() =>
        press && isDue(list, order) ? carryOut(list, seen, press, surroundings) : standing(list, order),
      ),
    )
    return { plan, lists: await Promise.all(outcomes) }
  } finally {
    await seen.pool.close()
  }
}

type DueList = PlannedList & { readonly action: 'add' | 'change' | 'renew' }

/** A list to be published: it is not as it should be, and no guard holds it back. */
const isDue = (list: ListPlan, { allow }: Order): list is DueList =>
  list.action !== 'failed' && list.action !== 'keep' && refusal(list, allow) === null

/** The outcome of a list that is not due: it failed, guards refuse it, or it is as it should be. */
function standing(list: ListPlan, { allow }: Order): Outcome {
  const { name } = list
  if (list.action === 'failed') return { name, state: 'failed', failure: list.failure }
  const refused = refusal(list, allow)
  if (refused) return { name, state: 'refused', failure: asFailure(refused) }
  return { name, state: 'unchanged', uri: list.uri, version: list.version.to, expires: list.expires.to }
}

/** The key is only asked for when there is something to sign, and judged before anything is uploaded. */
async function setUp({ endorser, anchors, pool }: Survey, { now, progress }: Surroundings): Promise<Press> {
  const signer = await endorser()
  for (const warning of judgeSigner(signer, anchors, now())) progress.step(`Warning: ${warning}`)
  return { signer, anchors, pool, now }
}

/** What was not known of a file before it was uploaded is known now: the same diff, once more. */
async function uploadAndPlanAgain(
  due: readonly DueList[],
  { desired, lists, world, pool, access }: Survey,
  { now }: Surroundings,
): Promise<Plan> {
  const uploaded = await uploadMissing(due, desired.images, pool, access)
  const files = new Map([...world.files, ...uploaded])
  return diff(desired, { ...world, files, now: now() }, lists)
}

/** The last steps, of one list: ask for every address, compose, sign, swap, read back and verify. */
async function carryOut(
  plan: DueList,
  { desired: { images, config }, lists }: Survey,
  press: Press,
  { now, progress, signal }: Surroundings,
): Promise<Outcome> {
  const { name, uri, version, expires, action } = plan
  try {
    signal.throwIfAborted()
    const list = lists.find((one) => one.name === name)
    if (!list) throw new Error(`${name} is planned, but not desired`)
    const content = serialize(compose(list, images, plan, now()))
    progress.step(`${name}: asking for every image address`)
    await askAddresses(parse(content).images, config.targets, press.pool)
    progress.step(`${name}: signing and publishing version ${version.to}`)
    const { sha256, warnings } = await publish({ uri, content, expect: plan.tag }, press)
    return { name, state: 'published', action, uri, version, expires: expires.to, sha256, warnings }
  } catch (error) {
    return { name, state: 'failed', failure: asFailure(error) }
  }
}
