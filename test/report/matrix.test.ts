import { expect, test } from 'vitest'
import { diff } from '../../src/plan/diff.ts'
import { planMatrix } from '../../src/report/matrix.ts'
import { absent, desired, file, image, list, world } from '../support/builders.ts'

function planOf(sizes: readonly number[]) {
  const images = sizes.map((_, at) => image(`image-${at}`))
  const files = Object.fromEntries(images.map(({ name }, at) => [name, file(name, sizes[at])]))
  const one = list('one', { images: images.map(({ name }) => name) })
  const two = list('two', { images: ['image-0'] })
  return diff(desired(sizes.length > 0 ? [one, two] : [], images), world({ one: absent, two: absent }, files))
}

test('each image is a job, once, and the largest begins', () => {
  expect(planMatrix(planOf([1, 3, 2]))).toEqual({
    include: [{ image: 'image-1' }, { image: 'image-2' }, { image: 'image-0' }],
  })
})

test('nothing to upload is no matrix', () => {
  expect(planMatrix(planOf([]))).toBeNull()
})

test('more images than GitHub has jobs share them: no two of the largest, and none is lost', () => {
  const include = planMatrix(planOf(Array.from({ length: 600 }, (_, at) => at)))?.include ?? []
  expect(include).toHaveLength(256)
  expect(include[0]?.image).toBe('image-599,image-343,image-87')
  const names = include.flatMap((job) => job.image.split(','))
  expect(new Set(names).size).toBe(600)
})
