import { render } from '../apply/render.ts'
import { asFailure, fault } from '../errors.ts'
import type { DueList, FileFacts, Plan, Receipt, Rendered, StoppedOutcome, Surroundings } from '../model.ts'
import { fetchPublished } from '../observe/published.ts'
import { approve } from '../plan/checksum.ts'
import { isDue } from '../plan/guard.ts'
import { stopped } from '../plan/standing.ts'
import { survey, tellWarnings, type Survey } from '../survey.ts'
import { believe } from './believe.ts'

export interface RenderOrder {
  readonly root: string
  /** It must be what this checkout would plan of its lists, with the receipts. */
  readonly plan: Plan
  readonly receipts: readonly Receipt[]
  readonly allow: readonly string[]
}

export interface Rendering {
  readonly lists: readonly Rendered[]
  /** Of these nothing can be published. */
  readonly stopped: readonly StoppedOutcome[]
}

/**
 * Composes every list that is due, as the exact text to be signed, after its images were uploaded somewhere. Needs
 * no signing key. Throws `plan-differs`.
 */
export async function renderLists(order: RenderOrder, surroundings: Surroundings): Promise<Rendering> {
  const { plan, receipts, allow } = order
  const claims = new Map(receipts.map((one): [string, FileFacts] => [one.identifier, factsOf(one)]))
  const scope = { root: order.root, lists: plan.lists.map(({ name }) => name) }
  const seen = await survey(scope, { secrets: true, reading: 'read', claims }, surroundings)
  try {
    approve(plan, seen.plan)
    tellWarnings(seen.plan, surroundings.progress)
    const lists: Rendered[] = []
    const stops: StoppedOutcome[] = seen.plan.lists.flatMap((list) => stopped(list, allow) ?? [])
    for (const list of seen.plan.lists.filter((one) => isDue(one, allow))) {
      surroundings.signal.throwIfAborted()
      try {
        lists.push(await renderList(list, receipts, seen, surroundings))
      } catch (error) {
        stops.push({ name: list.name, state: 'failed', failure: asFailure(error) })
      }
    }
    return { lists, stopped: stops }
  } finally {
    await seen.pool.close()
  }
}

const factsOf = ({ source, served }: Receipt): FileFacts => ({ source, size: null, served })

async function renderList(
  plan: DueList,
  receipts: readonly Receipt[],
  { desired, lists, pool, world, plan: { checksum } }: Survey,
  { progress }: Surroundings,
): Promise<Rendered> {
  const { name, uri } = plan
  const list = lists.find((one) => one.name === name)
  if (!list) throw new Error(`${name} is planned, but not desired`)
  for (const image of plan.images) {
    if (image.action === 'remove' || !image.upload) continue
    const receipt = receipts.find((one) => one.image === image.name)
    if (!receipt) throw fault('receipt-missing', { image: image.name })
    progress.step(`${name}: checking the receipt of ${image.name}`)
    await believe(receipt, checksum, desired.images, pool)
  }
  progress.step(`${name}: asking for every image address`)
  const material = { list, images: desired.images, targets: desired.config.targets, pool }
  // The plan's own time, from which its end was reckoned: whoever signs reckons so again.
  const content = await render(plan, material, world.now)
  const last = await fetchPublished(list, desired.config, pool, true)
  if ((last?.tag ?? null) !== plan.tag) throw fault('release-stale', { name })
  return { name, uri, content, last: last?.bytes ?? null }
}
