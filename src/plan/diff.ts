import { locate } from '../address.ts'
import { asFailure } from '../errors.ts'
import type {
  Desired,
  DesiredImage,
  Failure,
  ImagePlan,
  ListPlan,
  Plan,
  TargetConfig,
  World,
} from '../model.ts'
import { changedSince } from './changed.ts'
import { checksum } from './checksum.ts'
import { planList } from './list.ts'
import { resolve, type Resolved } from './resolve.ts'
import { holdBack, imagesBesideRevoked } from './revocation.ts'
import { sight, sightings } from './sighting.ts'

/**
 * What must be done so that the world is as desired. Total: what is wrong with one list, or with one image,
 * fails the lists concerned, and no other. Only `scope` is planned; the repository's other lists, and what is
 * published of them, still count for the versions of images.
 */
export function diff(desired: Desired, world: World, scope: Desired['lists'] = desired.lists): Plan {
  const resolveImage = resolver(desired, world, scope)
  const lists = scope.map((list): ListPlan => {
    try {
      return planList(list, desired, world, resolveImage)
    } catch (error) {
      return { name: list.name, action: 'failed', failure: asFailure(error) }
    }
  })
  const targets = usedTargets(desired, lists)
  const changed = world.since && changedSince(world.since, desired.config.targets, targets)
  const { endorsers } = desired.config.trust
  const plan = { format: 1, targets, trust: world.trust, endorsers, changed, lists } as const
  return { ...plan, checksum: checksum(plan) }
}

/** Resolves each image once, for all lists that it is on. */
function resolver(
  desired: Desired,
  world: World,
  scope: Desired['lists'],
): (image: DesiredImage) => Resolved | Failure {
  const seen = sightings(world.lists, world.signer)
  const isOn = { failed: membership('failed', desired, world), broken: membership('broken', desired, world) }
  const urgent = imagesBesideRevoked(desired, scope, world.lists)
  const resolved = new Map<string, Resolved | Failure>()
  const look = (image: DesiredImage): Resolved | Failure => {
    const found = world.files.get(image.name)
    const isHeld = urgent.has(image.name) && world.tried?.has(image.name) !== true
    const held = isHeld ? holdBack(image, found, seen) : null
    const facts = held?.facts ?? found
    if (facts && 'state' in facts) return facts
    const blind = { unseen: isOn.failed(image.name), broken: isOn.broken(image.name) }
    try {
      const earlier = world.earlier?.get(image.name)
      const known = [...(seen.get(image.identifier) ?? []), ...(earlier ? [sight(earlier)] : [])]
      const resolution = resolve(image, known, facts, blind)
      return held ? { ...resolution, warnings: [...resolution.warnings, held.warning] } : resolution
    } catch (error) {
      return asFailure(error)
    }
  }
  return (image) => {
    const known = resolved.get(image.name) ?? look(image)
    resolved.set(image.name, known)
    return known
  }
}

/** Tells whether an image is on a list that was found in such a state. */
function membership(
  state: 'failed' | 'broken',
  { lists }: Desired,
  world: World,
): (image: string) => boolean {
  const found = lists.filter(({ name }) => world.lists.get(name)?.state === state)
  const images = new Set(found.flatMap((list) => list.images))
  return (image) => images.has(image)
}

/** The targets that the lists and their files lie at, sorted. */
function usedTargets({ config }: Desired, lists: readonly ListPlan[]): TargetConfig[] {
  const uris = lists.flatMap((list) =>
    list.action === 'failed' ? [] : [list.uri, ...list.images.flatMap(addressesOf)],
  )
  const used = new Set(uris.map((uri) => locate(config.targets, uri)?.target))
  return config.targets.filter((target) => used.has(target)).toSorted((a, b) => (a.match < b.match ? -1 : 1))
}

function addressesOf(image: ImagePlan): string[] {
  if (image.action === 'remove') return []
  // The name follows from bytes that were not read yet, and leads to no other target.
  return [image.uri.to ?? `${image.upload?.prefix ?? ''}${image.identifier}`]
}
