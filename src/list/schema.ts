import type { ErrorObject } from 'ajv/dist/2020.js'
import type { PublishedList } from '../model.ts'
import { validator } from '../schemas.ts'

/** More are not told one by one: a list of thousands of images may have thousands. */
const MOST = 20

/** Images that are looked at together: joining the faults of all would cost the square of their number. */
const TOGETHER = 50

/** What the schema of a published list finds wrong, as phrases; empty if nothing. */
export function schemaFaults({ keys, images }: PublishedList): readonly string[] {
  const validate = validator('list')
  const faults = new Set<string>()
  for (let first = 0; first === 0 || first < images.length; first += TOGETHER) {
    const some = images.slice(first, first + TOGETHER).map((image) => ({ 'hv:image': image }))
    if (validate({ 'hv:imagelist': { ...keys, 'hv:images': some } })) continue
    for (const error of validate.errors ?? []) faults.add(phrase(error, first))
    if (faults.size > MOST) return [...[...faults].slice(0, MOST), 'and more']
  }
  return [...faults]
}

/** `first`: the index of the image that stands first in what was looked at. */
function phrase(
  { keyword, instancePath, message, parentSchema, params }: ErrorObject,
  first: number,
): string {
  const path = instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~') || 'the list'
  const place = path.replace(/hv:images\/(\d+)/, (_, index) => `hv:images/${first + Number(index)}`)
  if (keyword === 'required') return `${place} lacks ${String(params['missingProperty'])}`
  const title: unknown = parentSchema?.['title']
  return `${place} ${typeof title === 'string' ? `is not ${title}` : (message ?? 'is not valid')}`
}
