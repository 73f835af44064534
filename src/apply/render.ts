import { compose, serialize } from '../list/compose.ts'
import { parse } from '../list/parse.ts'
import type { DesiredImage, DesiredList, DueList, TargetConfig } from '../model.ts'
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
 * The exact text to be signed, once every image address in it was asked for. Throws what `askAddresses`
 * throws.
 */
export async function render(plan: DueList, material: Material, created: Date): Promise<string> {
  const { list, images, targets, pool } = material
  const content = serialize(compose(list, images, plan, created))
  await askAddresses(parse(content).images, targets, pool)
  return content
}
