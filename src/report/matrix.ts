import type { Plan } from '../model.ts'

/** Jobs that one matrix can have at GitHub. */
const MOST = 256

/** `strategy.matrix` of a workflow's job: each job uploads some images, whose names stand with commas between them. */
export interface Matrix {
  readonly include: readonly { readonly image: string }[]
}

/**
 * The images that a plan uploads, spread over machines: one to each as far as jobs go, and beyond that the largest apart.
 * Null if there is nothing to upload: GitHub takes no empty matrix.
 */
export function planMatrix({ lists }: Plan): Matrix | null {
  const sizes = new Map(
    lists.flatMap((list) =>
      list.action === 'failed'
        ? []
        : list.images.flatMap((image): [string, number][] =>
            image.action === 'remove' || !image.upload ? [] : [[image.name, image.upload.size ?? 0]],
          ),
    ),
  )
  const names = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0))
  if (names.length === 0) return null
  const jobs = Math.min(MOST, names.length)
  const include = Array.from({ length: jobs }, (_, job) => ({
    image: names.filter((_name, at) => at % jobs === job).join(','),
  }))
  return { include }
}
