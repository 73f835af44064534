import { asFailure, fault } from './errors.ts'
import { rehearse } from './files/hash.ts'
import type { Access } from './files/source.ts'
import { formatOf } from './image.ts'
import { compose, serialize } from './list/compose.ts'
import type { DesiredImage, Failure, FileFacts, ListPlan, Surroundings } from './model.ts'
import { createdOf } from './observe/published.ts'
import { diff } from './plan/diff.ts'
import { survey } from './survey.ts'

/**
 * The JSON of a list as it would be signed now, or as it is signed where nothing is to be done. Files whose
 * sum the list needs, and that is not known yet, are read and compressed as for an upload. Throws
 * `list-not-planned` where the list cannot be published as it is.
 */
export async function preview(root: string, name: string, surroundings: Surroundings): Promise<string> {
  const how = { secrets: false, reading: 'read' } as const
  const { desired, lists, world, plan, pool, access } = await survey(
    { root, lists: [name] },
    how,
    surroundings,
  )
  await pool.close()
  const unread = plan.lists.flatMap(unreadImages).flatMap((one) => desired.images.get(one) ?? [])
  const files = new Map(world.files)
  for (const image of unread) files.set(image.name, await readNow(image, access))

  const [planned] = diff(desired, { ...world, files }, lists).lists
  const [list] = lists
  if (!planned || !list) throw new Error(`${name} is not in its own survey`)
  if (planned.action === 'failed') throw fault('list-not-planned', planned.failure)
  const created = planned.action === 'keep' ? createdOf(world.lists.get(name)) : null
  return serialize(compose(list, desired.images, planned, created ?? world.now))
}

const unreadImages = (list: ListPlan): string[] =>
  list.action === 'failed'
    ? []
    : list.images.flatMap((image) => (image.action === 'remove' || image.bytes.to ? [] : image.name))

async function readNow(image: DesiredImage, access: Access): Promise<FileFacts | Failure> {
  if (!image.file) throw new Error(`${image.name} has no file, and yet no bytes`)
  return await rehearse(image.name, image.file, formatOf(image.keys), access).catch(asFailure)
}
