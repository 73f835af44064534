import { uploadMissing } from '../apply/upload.ts'
import { fault } from '../errors.ts'
import { fileName } from '../image.ts'
import type {
  Desired,
  FileFacts,
  Plan,
  PlannedList,
  Receipt,
  StoppedOutcome,
  Surroundings,
} from '../model.ts'
import { approve } from '../plan/checksum.ts'
import { isDue } from '../plan/guard.ts'
import { stopped } from '../plan/standing.ts'
import { survey, tellWarnings } from '../survey.ts'

export interface UploadOrder {
  readonly root: string
  /** The plan whose images are wanted; it must be what this checkout would plan of its lists. */
  readonly plan: Plan
  readonly allow: readonly string[]
  /** Names of the images to take; none named means all. */
  readonly images: readonly string[]
}

export interface Uploads {
  readonly receipts: readonly Receipt[]
  /** Images that failed, and lists of which nothing can be published. */
  readonly stopped: readonly StoppedOutcome[]
}

/**
 * Uploads the image files that a plan needs, or some of them: other machines may take the others, whose files need
 * not be here. Needs no signing key. Throws `plan-differs`, `image-unplanned`.
 */
export async function upload(order: UploadOrder, surroundings: Surroundings): Promise<Uploads> {
  const { plan, allow, images } = order
  const isMine = (name: string) => images.length === 0 || images.includes(name)
  const claims = claimsIn(plan, (name) => !isMine(name))
  const scope = { root: order.root, lists: plan.lists.map(({ name }) => name) }
  const seen = await survey(scope, { secrets: true, reading: 'read', claims }, surroundings)
  try {
    approve(plan, seen.plan)
    tellWarnings(seen.plan, surroundings.progress)
    const { lists } = seen.plan
    const due = lists.filter((list) => isDue(list, allow)).map((list) => only(list, isMine))
    refuseUnplanned(images, due)
    const results = [...(await uploadMissing(due, seen.desired.images, seen.pool, seen.access))]
    return {
      receipts: results.flatMap(([name, facts]) =>
        'state' in facts ? [] : receiptOf(name, facts, seen.desired.images, plan),
      ),
      stopped: [
        ...lists.flatMap((list) => stopped(list, allow) ?? []),
        ...results.flatMap(([name, facts]) =>
          'state' in facts ? { name, state: 'failed' as const, failure: facts } : [],
        ),
      ],
    }
  } finally {
    await seen.pool.close()
  }
}

/** What the plan says of files that other machines have: it is compared, and nothing else is done with it. */
function claimsIn({ lists }: Plan, isWanted: (name: string) => boolean): ReadonlyMap<string, FileFacts> {
  const images = lists.flatMap((list) => (list.action === 'failed' ? [] : list.images))
  return new Map(
    images.flatMap((image) =>
      image.action === 'remove' || !isWanted(image.name)
        ? []
        : [
            [
              image.identifier,
              { source: image.source, size: image.upload?.size ?? null, served: image.bytes.to },
            ],
          ],
    ),
  )
}

const only = (list: PlannedList, isMine: (name: string) => boolean): PlannedList => ({
  ...list,
  images: list.images.filter((image) => image.action !== 'remove' && isMine(image.name)),
})

/** A name that nothing was planned for is a slip, and would only be missed when the list is rendered. */
function refuseUnplanned(images: readonly string[], due: readonly PlannedList[]): void {
  const planned = due.flatMap((list) => list.images.flatMap((image) => ('name' in image ? image.name : [])))
  const name = images.find((one) => !planned.includes(one))
  if (name !== undefined) throw fault('image-unplanned', { name, planned })
}

function receiptOf(
  name: string,
  { source, served }: FileFacts,
  images: Desired['images'],
  plan: Plan,
): Receipt {
  const image = images.get(name)
  if (!image || source === null || !served)
    throw new Error(`${name} was uploaded, and nothing is known of it`)
  const uri = image.uri + fileName(image, served)
  return { format: 1, plan: plan.checksum, image: name, identifier: image.identifier, source, served, uri }
}
