import type { ListPlan, Plan, Upload } from '../model.ts'
import { formatBytes } from './bytes.ts'

/** How each thing that a plan does is marked, and what that means; in the order of the summary. */
export const SYMBOLS = {
  add: { sign: '+', meaning: 'add' },
  change: { sign: '~', meaning: 'change' },
  remove: { sign: '-', meaning: 'remove: the image is revoked' },
  renew: { sign: '↻', meaning: 'renew: signed anew' },
  failed: { sign: '✗', meaning: 'failed' },
} as const

export type Mark = keyof typeof SYMBOLS
export const MARKS = Object.keys(SYMBOLS) as Mark[]

/** How often each mark stands in a plan: at lists and at images alike. */
export function tally({ lists }: Plan): Record<Mark, number> {
  const marks = lists.flatMap(marksOf)
  const count = (mark: Mark) => marks.filter((one) => one === mark).length
  return {
    add: count('add'),
    change: count('change'),
    remove: count('remove'),
    renew: count('renew'),
    failed: count('failed'),
  }
}

const marksOf = (list: ListPlan): (Mark | 'keep')[] =>
  list.action === 'failed' ? ['failed'] : [list.action, ...list.images.map(({ action }) => action)]

/** `Plan: 1 to add, 2 to change, 0 to remove, 1 to renew; 3.2 GB to upload.` */
export function summary(plan: Plan): string {
  const { add, change, remove, renew, failed } = tally(plan)
  const stopped = failed > 0 ? `, ${failed} failed` : ''
  return `Plan: ${add} to add, ${change} to change, ${remove} to remove, ${renew} to renew${stopped}; ${uploadText(plan)} to upload.`
}

function uploadText({ lists }: Plan): string {
  const uploads = [...uploadsOf(lists).values()]
  const bytes = uploads.reduce((total, { size }) => total + (size ?? 0), 0)
  if (uploads.length === 0) return 'nothing'
  const least = uploads.some(({ size }) => size === null)
  return least ? `at least ${formatBytes(bytes)}` : formatBytes(bytes)
}

/** An image that is on several lists is uploaded once. */
const uploadsOf = (lists: readonly ListPlan[]): ReadonlyMap<string, Upload> =>
  new Map(
    lists.flatMap((list) =>
      list.action === 'failed'
        ? []
        : list.images.flatMap((image) =>
            image.action !== 'remove' && image.upload ? [[image.name, image.upload] as const] : [],
          ),
    ),
  )
