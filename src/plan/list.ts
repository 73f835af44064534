import { formatTime, parseTime } from '../dates.ts'
import { fault } from '../errors.ts'
import type {
  Desired,
  DesiredImage,
  DesiredList,
  Failure,
  KnownVersion,
  ListPlan,
  Observation,
  PlannedList,
  PublishedList,
  SignerName,
  World,
} from '../model.ts'
import { compareContent, hasChanges, type Content } from './content.ts'
import { checkEndorser, countersignersOf, isCountersigned, isSameSigner } from './endorser.ts'
import { endWarnings, isRenewalDue, newEnd } from './expiry.ts'
import { guards } from './guard.ts'
import { textOf } from '../json.ts'
import type { Resolved } from './resolve.ts'
import { checkLeap, rollback, rollbackText } from './rollback.ts'
import { identifierOf } from './sighting.ts'
import { nextVersion, versionWarnings } from './version.ts'

/** A list as it is asked for, and as it is published. */
interface Pair {
  readonly list: DesiredList
  readonly observed: Observation
  /** What is published; nothing where nothing can be read. */
  readonly published: PublishedList
  /** A higher version that was published, and is not out there. */
  readonly rolledBack: KnownVersion | null
  /** Who must countersign it. */
  readonly countersigners: readonly SignerName[]
}

/**
 * How one list changes. Throws what forbids it: a list of another identifier at its address, one from the
 * future, a version that cannot follow or that no publication led to, an endorser that the certificate does not name, a certificate that
 * has ended.
 */
export function planList(
  list: DesiredList,
  desired: Desired,
  world: World,
  resolve: (image: DesiredImage) => Resolved | Failure,
): ListPlan {
  const { name } = list
  const observed = world.lists.get(name)
  if (!observed) throw fault('list-not-observed', { name })
  if (observed.state === 'failed') return { name, action: 'failed', failure: observed }
  checkObserved(list, observed, world.now)
  checkEndorser(list, world.signer)

  const images = []
  for (const image of imagesOf(list, desired)) {
    const resolved = resolve(image)
    if ('state' in resolved) return { name, action: 'failed', failure: resolved }
    images.push({ image, resolved })
  }
  const published = observed.state === 'intact' ? observed.list : { keys: {}, images: [] }
  const content = compareContent(list, images, published, world)
  const rolledBack = rollback(published, world.highest.get(name))
  if (rolledBack) checkLeap(list, published, rolledBack)
  const countersigners = countersignersOf(list, desired, world.signer)
  return assemble({ list, observed, published, rolledBack, countersigners }, content, desired, world)
}

function checkObserved({ identifier, uri }: DesiredList, observed: Observation, now: Date): void {
  if (observed.state !== 'intact') return
  const { keys } = observed.list
  const found = identifierOf(keys)
  if (found !== identifier) throw fault('other-list-there', { uri, identifier, found })
  const created = textOf(keys, 'dc:date:created') ?? ''
  const time = parseTime(created)
  if (time && time > now) throw fault('list-from-future', { uri, created })
}

const imagesOf = (list: DesiredList, { images }: Desired): DesiredImage[] =>
  list.images.map((name) => {
    const image = images.get(name)
    if (!image) throw fault('image-unknown', { name, list: list.name })
    return image
  })

function assemble(pair: Pair, content: Content, desired: Desired, world: World): PlannedList {
  const { list, observed, published, rolledBack, countersigners } = pair
  const { listed, removed, keys } = content
  const { name, identifier, uri } = list
  const { dn, ca } = world.signer
  const action = actionOf(pair, content, world)
  const version = versionOf(pair, action !== 'keep')
  const expires = endOf(pair, action, world)
  const remaining = new Set(listed.map((image) => image.identifier))
  const situation = { name, uri, observed, signer: { dn, ca }, removed, remaining, lists: world.lists }
  return {
    name,
    identifier,
    title: textOf(list.keys, 'dc:title') ?? '',
    uri,
    action,
    version: { from: textOf(published.keys, 'hv:version'), to: version },
    rolledBack,
    expires: { from: textOf(published.keys, 'dc:date:expires'), to: expires },
    signer: { from: observed.state === 'intact' ? observed.signer : null, to: { dn, ca } },
    countersigners,
    keys,
    images: [...listed, ...removed],
    guards: action === 'keep' ? [] : guards({ ...situation, dirty: desired.dirty }),
    warnings: [
      ...(action === 'keep' ? [] : (world.doubts ?? [])),
      ...(rolledBack ? [rollbackText(textOf(published.keys, 'hv:version'), rolledBack)] : []),
      ...endWarnings(list, expires, world),
      ...versionWarnings(`the list ${name}`, version),
      ...content.warnings,
    ],
    tag: observed.state === 'absent' ? null : observed.tag,
  }
}

function actionOf(pair: Pair, content: Content, world: World): PlannedList['action'] {
  const { list, observed, published, countersigners } = pair
  if (observed.state === 'absent') return 'add'
  if (observed.state === 'broken') return 'change'
  const isRaised = versionOf(pair, false) !== textOf(published.keys, 'hv:version')
  if (isRaised || hasChanges(content)) return 'change'
  const isDue =
    content.isSignerNew ||
    observed.untrusted !== null ||
    !isSameSigner(observed.signer, world.signer) ||
    !isCountersigned(observed, countersigners) ||
    isRenewalDue(list, textOf(published.keys, 'dc:date:expires'), newEnd(list, world), world.now)
  return isDue ? 'renew' : 'keep'
}

/** The list's version if anything at all changed, or nothing did; a floor from YAML may raise it either way. */
function versionOf({ list, observed, published, rolledBack }: Pair, changed: boolean): string {
  const latest = textOf(published.keys, 'hv:version')
  const lost = observed.state !== 'absent' && latest === null
  const versions = [latest, rolledBack?.version ?? null].filter((version) => version !== null)
  const past = { versions, lost }
  return nextVersion(`the list ${list.name}`, past, textOf(list.keys, 'hv:version'), changed)
}

/** Until when the list will hold. Throws `certificate-ended` if it would be signed, and not hold at all. */
function endOf({ list, published }: Pair, action: PlannedList['action'], world: World): string {
  const end = newEnd(list, world)
  if (action === 'keep') return textOf(published.keys, 'dc:date:expires') ?? end
  if (end <= formatTime(world.now)) throw fault('certificate-ended', { dn: world.signer.dn, end })
  return end
}
