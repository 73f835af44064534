import { compose, serialize } from '../list/compose.ts'
import { parse } from '../list/parse.ts'
import { textOf } from '../json.ts'
import type { DesiredImage, DesiredList, DueList, ImagePlan, TargetConfig } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
import { askAddresses } from './ask.ts'

/** What a list is made of, beside its plan. */
export interface Material {
  readonly list: DesiredList
  readonly images: ReadonlyMap<string, DesiredImage>
  readonly targets: readonly TargetConfig[]
  readonly pool: TargetPool
}

/**
 * The exact text to be signed, once every image address in it was asked for; those that a revocation leaves as
 * they are out there already apart, for it waits for no server. Throws what `askAddresses` throws.
 */
export async function render(plan: DueList, material: Material, created: Date): Promise<string> {
  const { list, images, targets, pool } = material
  const content = serialize(compose(list, images, plan, created))
  const asked = new Set(
    plan.images.filter((image) => isToBeAsked(image, plan)).map(({ identifier }) => identifier),
  )
  const listed = parse(content).images.filter((keys) => asked.has(textOf(keys, 'dc:identifier') ?? ''))
  await askAddresses(listed, targets, pool)
  return content
}

function isToBeAsked(image: ImagePlan, { images }: DueList): boolean {
  if (image.action === 'remove') return false
  const isRevocation = images.some((one) => one.action === 'remove' && one.reason !== null)
  const { uri, bytes } = image
  return !isRevocation || uri.from !== uri.to || bytes.from?.sha512 !== bytes.to?.sha512
}
