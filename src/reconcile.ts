import pLimit from 'p-limit'
import { askAddresses } from './apply/ask.ts'
import { publish, type Press } from './apply/publish.ts'
import { uploadMissing } from './apply/upload.ts'
import { load } from './desired/load.ts'
import { asFailure, fault } from './errors.ts'
import { ChecksumCache } from './files/cache.ts'
import type { Access } from './files/source.ts'
import { compose, serialize } from './list/compose.ts'
import { parse } from './list/parse.ts'
import type {
  Desired,
  DesiredList,
  ListPlan,
  Outcome,
  Plan,
  PlannedList,
  Report,
  Surroundings,
  World,
} from './model.ts'
import type { Reading } from './observe/digest.ts'
import { observe } from './observe/observe.ts'
import { approve, type Approval } from './plan/checksum.ts'
import { diff } from './plan/diff.ts'
import { refusal } from './plan/guard.ts'
import { TargetPool } from './targets/pool.ts'
import { findAnchors, loadAnchors, type Anchors } from './trust/anchors.ts'
import { judgeSigner, loadCertificate, loadSigner } from './trust/signer.ts'

const SIDE_BY_SIDE = 4

/** Which repository, and which of its lists; none named means all. */
export interface Scope {
  readonly root: string
  readonly lists: readonly string[]
}

export interface Order extends Scope {
  /** Guards that may be passed: kinds, or `replace=<sha256>`. */
  readonly allow: readonly string[]
  /** The plan that somebody approved; nothing else is then carried out. */
  readonly approved: Approval | null
}

/** What is asked for, what is there, and what leads from one to the other. */
export interface Survey {
  /** With the lists in scope only. */
  readonly desired: Desired
  readonly world: World
  readonly plan: Plan
  readonly anchors: Anchors
  readonly pool: TargetPool
  readonly access: Access
}

/**
 * Steps 1 to 3: load, observe, diff. `secrets`: whether targets that need one may be asked; `reading`:
 * what to do about files whose sum is not known. The caller closes the pool.
 */
export async function survey(
  scope: Scope,
  { secrets, reading }: { secrets: boolean; reading: Reading },
  surroundings: Surroundings,
): Promise<Survey> {
  const { env, home, progress } = surroundings
  const all = await load(scope.root)
  const lists = select(all, scope.lists)
  const anchors = await loadAnchors(await findAnchors(all.config.trust.ca, env))
  const signer = await loadCertificate(all.config.signing, env, home)
  const pool = new TargetPool(all.config.targets, all.root)
  progress.step(`Looking at ${lists.length} image ${lists.length === 1 ? 'list' : 'lists'}`)
  const access: Access = {
    root: all.root,
    privateHosts: all.config.allowPrivateHosts,
    cache: new ChecksumCache(surroundings.cache),
    progress,
  }
  const world = await observe(all, lists, {
    pool,
    anchors,
    signer,
    secrets,
    reading,
    access,
    now: surroundings.now(),
  })
  const desired = { ...all, lists }
  return { desired, world, plan: diff(desired, world), anchors, pool, access }
}

/**
 * Makes the published lists what the repository says: load, observe, diff, guard, upload what is missing,
 * ask for every address, compose, sign, swap, read back and verify, report. An error in one list stops
 * that list alone, before its publication; what concerns all of them is thrown.
 */
export async function reconcile(order: Order, surroundings: Surroundings): Promise<Report> {
  const reading = order.approved ? 'read' : 'defer'
  const before = await survey(order, { secrets: true, reading }, surroundings)
  try {
    if (order.approved) approve(order.approved, before.plan)
    const due = before.plan.lists.filter((list) => isDue(list, order.allow))
    if (due.length === 0) return report(before.plan, order, () => Promise.reject(new Error('nothing is due')))

    const press = await setUp(before, surroundings)
    const uploaded = await uploadMissing(due, before.desired.images, before.pool, before.access)
    const files = new Map([...before.world.files, ...uploaded])
    const plan = diff(before.desired, { ...before.world, files, now: surroundings.now() })
    if (order.approved) approve(order.approved, plan)
    return await report(plan, order, (list) => carryOut(list, before.desired, press, surroundings))
  } finally {
    await before.pool.close()
  }
}

/** A list that changes, and that no guard holds back. */
const isDue = (list: ListPlan, allow: readonly string[]): list is PlannedList =>
  list.action !== 'failed' && list.action !== 'keep' && refusal(list, allow) === null

/** The key is only asked for when there is something to sign, and judged before anything is uploaded. */
async function setUp({ desired, anchors, pool }: Survey, surroundings: Surroundings): Promise<Press> {
  const { env, home, askPassphrase, now, progress } = surroundings
  const signer = await loadSigner(desired.config.signing, env, home, askPassphrase)
  judgeSigner(signer, anchors, now())
  return { signer, anchors, pool, now }
}

/** Every list's outcome, several lists side by side. */
async function report(
  plan: Plan,
  { allow }: Order,
  carry: (list: PlannedList) => Promise<Outcome>,
): Promise<Report> {
  const limit = pLimit(SIDE_BY_SIDE)
  const outcome = async (list: ListPlan): Promise<Outcome> => {
    const { name } = list
    if (list.action === 'failed') return { name, state: 'failed', failure: list.failure }
    const refused = refusal(list, allow)
    if (refused) return { name, state: 'refused', failure: asFailure(refused) }
    if (list.action === 'keep') {
      const { uri, version, expires } = list
      return { name, state: 'unchanged', uri, version: version.to, expires: expires.to }
    }
    return await carry(list).catch((error: unknown) => ({ name, state: 'failed', failure: asFailure(error) }))
  }
  return { plan, lists: await Promise.all(plan.lists.map((list) => limit(() => outcome(list)))) }
}

/** The last steps, of one list: ask for every address, compose, sign, swap, read back and verify. */
async function carryOut(
  plan: PlannedList,
  desired: Desired,
  press: Press,
  { now, progress }: Surroundings,
): Promise<Outcome> {
  const { name, uri, version, expires, action } = plan
  const list = desired.lists.find((one) => one.name === name)
  if (!list || action === 'keep') throw new Error(`${name} is not to be published`)
  const content = serialize(compose(list, desired.images, plan, now()))
  progress.step(`${name}: asking for every image address`)
  await askAddresses(parse(content).images, desired.config.targets, press.pool)
  progress.step(`${name}: signing and publishing version ${version.to}`)
  const { sha256, warnings } = await publish({ uri, content, expect: plan.tag }, press)
  progress.step(`${name}: published and verified`)
  return { name, state: 'published', action, uri, version, expires: expires.to, sha256, warnings }
}

function select({ lists }: Desired, names: readonly string[]): readonly DesiredList[] {
  const known = lists.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw fault('unknown-list', { name: unknown, known })
  return names.length === 0 ? lists : lists.filter(({ name }) => names.includes(name))
}
