import { endorserKeys, imageKeys, needsImageExpiry } from '../../src/computed.ts'
import { formatTime } from '../../src/dates.ts'
import type {
  Desired,
  DesiredList,
  JsonObject,
  ListedImage,
  PlannedList,
  Plan,
  World,
} from '../../src/model.ts'
import { intact } from './builders.ts'

/**
 * The world after a plan was carried out, as values: every list that is due was published. All
 * files must have been read.
 */
export function apply(plan: Plan, desired: Desired, world: World): World {
  const lists = new Map(world.lists)
  for (const one of plan.lists) {
    const list = desired.lists.find(({ name }) => name === one.name)
    if (!list || one.action === 'failed' || one.action === 'keep') continue
    lists.set(one.name, intact(publish(one, list, desired, world), { signer: one.signer.to }))
  }
  return { ...world, lists }
}

function publish(plan: PlannedList, list: DesiredList, { images }: Desired, { now, signer }: World) {
  const end = needsImageExpiry(list) ? { 'dc:date:expires': plan.expires.to } : {}
  const image = (one: ListedImage): JsonObject => {
    const given = images.get(one.name)
    const { version, source, bytes, uri } = one
    if (!given || !bytes.to || uri.to === null) throw new Error(`${one.name} is not ready`)
    return { ...end, ...imageKeys(given, version.to, given.file && { source, bytes: bytes.to, uri: uri.to }) }
  }
  return {
    keys: {
      ...list.keys,
      'dc:date:created': formatTime(now),
      'dc:date:expires': plan.expires.to,
      'hv:version': plan.version.to,
      'hv:endorser': endorserKeys(list, signer),
    },
    images: plan.images.flatMap((one) => (one.action === 'remove' ? [] : [image(one)])),
  }
}
