import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desired, Plan, World } from '../../src/model.ts'
import { diff } from '../../src/plan/diff.ts'
import { sightings } from '../../src/plan/sighting.ts'
import { compareVersions } from '../../src/plan/version.ts'
import { anyCase } from '../support/any-repository.ts'
import { apply } from '../support/apply.ts'
import { file, listed, planned } from '../support/builders.ts'

const actions = ({ lists }: Plan) => lists.map(({ action }) => action)

/** The versions that a world's lists publish of an image. */
const versionsOf = (world: World, identifier: string): string[] =>
  (sightings(world.lists, world.signer).get(identifier) ?? []).flatMap(({ version }) => version ?? [])

const listsWith = ({ lists }: Desired, name: string) =>
  lists.filter((one) => one.images.includes(name)).map((one) => one.name)

describe('any plan', () => {
  it('that was carried out leaves nothing to do', () => {
    fc.assert(
      fc.property(anyCase, ({ desired, world }) => {
        const after = apply(diff(desired, world), desired, world)
        expect(actions(diff(desired, after))).toEqual(['keep', 'keep', 'keep'])
      }),
      { numRuns: 500 },
    )
  })

  it('never lets a version fall, of a list or of an image', () => {
    fc.assert(
      fc.property(anyCase, ({ desired, world }) => {
        for (const list of diff(desired, world).lists) {
          if (list.action === 'failed') throw new Error(list.failure.message)
          const order = compareVersions(list.version.to, list.version.from ?? '0')
          if (list.action === 'keep') expect(list.version.to).toBe(list.version.from)
          else expect(order).toBeGreaterThan(0)
          for (const image of list.images) {
            if (image.action === 'remove') continue
            for (const before of versionsOf(world, image.identifier)) {
              expect(compareVersions(image.version.to, before)).toBeGreaterThanOrEqual(0)
            }
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives other bytes another version, and one version in all lists', () => {
    fc.assert(
      fc.property(anyCase, ({ desired, world }) => {
        const byImage = new Map<string, Set<string>>()
        for (const list of diff(desired, world).lists) {
          if (list.action === 'failed') throw new Error(list.failure.message)
          for (const image of list.images) {
            if (image.action === 'remove') continue
            byImage.set(image.name, (byImage.get(image.name) ?? new Set()).add(image.version.to))
            if (image.bytes.from && image.bytes.from.sha512 !== image.bytes.to?.sha512) {
              expect(image.version.to).not.toBe(image.version.from)
            }
          }
        }
        for (const versions of byImage.values()) expect(versions.size).toBe(1)
      }),
    )
  })

  it('changes, for one image’s new bytes, exactly the lists that it is on', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), ({ desired, world }, index) => {
        const settled = apply(diff(desired, world), desired, world)
        const own = [...settled.files.keys()]
        const name = own[index % own.length]
        if (name === undefined) return
        const files = new Map([...settled.files, [name, file('new')]])
        const plan = diff(desired, { ...settled, files })
        const changed = plan.lists.filter(({ action }) => action !== 'keep').map((one) => one.name)
        expect(changed).toEqual(listsWith(desired, name))
        for (const list of changed) {
          const image = listed(planned(plan, list), name)
          expect(compareVersions(image.version.to, image.version.from ?? '')).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('does not depend on the order of keys, nor of the world’s lists', () => {
    fc.assert(
      fc.property(anyCase, ({ desired, world }) => {
        const turned: Desired = {
          ...desired,
          lists: desired.lists.map((list) => ({ ...list, keys: turn(list.keys) })),
          images: new Map(
            [...desired.images].map(([name, image]) => [name, { ...image, keys: turn(image.keys) }]),
          ),
        }
        expect(diff(turned, world)).toEqual(diff(desired, world))
        expect(actions(diff(desired, { ...world, lists: new Map([...world.lists].reverse()) }))).toEqual(
          actions(diff(desired, world)),
        )
      }),
    )
  })
})

const turn = <T extends object>(keys: T): T => Object.fromEntries(Object.entries(keys).reverse()) as T
