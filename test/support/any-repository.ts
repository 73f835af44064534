import fc from 'fast-check'
import type { Desired, World } from '../../src/model.ts'
import {
  absent,
  desired,
  file,
  hostedImage,
  image,
  inDays,
  intact,
  list,
  published,
  publishedImage,
  world,
} from './builders.ts'

/** A repository and the world that it meets: some lists published, some not; images shared, changed, gone. */
export interface Case {
  readonly desired: Desired
  readonly world: World
}

const NAMES = ['debian-12', 'ubuntu-24.04', 'alma-9', 'centos-7']
const LISTS = ['one', 'two', 'three']

const content = fc.constantFrom('a', 'b', 'c')
const version = fc.array(fc.nat({ max: 12 }), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.'))
const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string(), { maxLength: 2 }))
const floor = fc.option(version).map((given) => (given === null ? {} : { 'hv:version': given }))

const images = fc
  .tuple(
    ...NAMES.map((name) =>
      fc
        .record({ keys: fc.tuple(floor, value), bytes: content, hosted: fc.boolean() })
        .map((one) => ({ name, ...one })),
    ),
  )
  .map((all) =>
    all.map(({ name, keys: [given, any], bytes, hosted }) => ({
      bytes,
      image: hosted
        ? hostedImage(name, bytes, { ...given, 'x:any': any })
        : image(name, { keys: { ...given, 'x:any': any } }),
    })),
  )

const someImages = fc.shuffledSubarray(NAMES)

const oneList = (name: string) =>
  fc.record({
    name: fc.constant(name),
    wanted: someImages,
    keys: fc.tuple(floor, value),
    profiles: fc.subarray(['vmcatcher', 'atrope'] as const),
    there: fc.option(
      fc.record({
        images: fc.array(fc.record({ name: fc.constantFrom(...NAMES), version, content }), { maxLength: 4 }),
        version,
        end: fc.integer({ min: -9, max: 28 }),
        ours: fc.boolean(),
        any: value,
      }),
    ),
  })

/** Cases in which nothing fails: every list can be looked at, every file is known. */
export const anyCase: fc.Arbitrary<Case> = fc.tuple(images, ...LISTS.map(oneList)).map(([all, ...lists]) => {
  const wanted = lists.map(({ name, wanted: names, keys: [given, any], profiles }) =>
    list(name, { images: names, profiles: ['hepix', ...profiles], keys: { ...given, 'x:any': any } }),
  )
  const found = wanted.map((one, index) => {
    const there = lists[index]?.there
    if (!there) return [one.name, absent] as const
    const seen = there.images.flatMap((it) => {
      const known = all.find(({ image: { name } }) => name === it.name)
      return known ? [publishedImage(known.image, it.content, { 'hv:version': it.version })] : []
    })
    const changed = { 'hv:version': there.version, 'dc:date:expires': inDays(there.end), 'x:any': there.any }
    return [one.name, intact(published(one, seen, changed), { ours: there.ours })] as const
  })
  const files = all.flatMap(({ image: { name, file: own }, bytes }) =>
    own ? [[name, file(bytes)] as const] : [],
  )
  return {
    desired: desired(
      wanted,
      all.map(({ image: one }) => one),
    ),
    world: world(Object.fromEntries(found), Object.fromEntries(files)),
  }
})
