import pLimit from 'p-limit'
import { asFailure } from '../errors.ts'
import { lookAt } from '../files/hash.ts'
import type { Access } from '../files/source.ts'
import { formatOf } from '../image.ts'
import type {
  Config,
  Desired,
  DesiredImage,
  DesiredList,
  Failure,
  FileFacts,
  JsonObject,
  Observation,
  SignerFacts,
  World,
} from '../model.ts'
import { sightings } from '../plan/sighting.ts'
import { claimedFacts, pinnedFacts, type Reading } from './digest.ts'
import { findEarlier, type Unpublished } from './earlier.ts'
import { lookAtList, type Finding, type ListView } from './list.ts'

const SIDE_BY_SIDE = 8

/** How to look. */
export interface View extends ListView {
  readonly signer: SignerFacts
  /** Whether a file that is neither pinned nor in the cache is read now, or left for the upload. */
  readonly reading: Reading
  /** What another machine says of images' files, by `dc:identifier`. */
  readonly claims?: ReadonlyMap<string, FileFacts>
  readonly access: Access
}

/**
 * The world as it is: the files of `lists`, and every published list of the repository, since an image's
 * version must rise above all of theirs. What cannot be looked at is a failure of its list or image alone.
 */
export async function observe(
  desired: Desired,
  lists: readonly DesiredList[],
  view: View,
): Promise<Omit<World, 'since'>> {
  const { anchors, signer, reading, access, now } = view
  const findings = new Map<string, Finding>()
  const observed = await settle(
    desired.lists,
    ({ name }) => name,
    async (list): Promise<Observation> => {
      const found = await lookAtList(list, desired.config, view)
      findings.set(list.name, found)
      return found.observed
    },
  )
  const published = new Set([...sightings(observed, signer).values()].flat().map(({ source }) => source))
  const images = [...new Set(lists.flatMap((list) => list.images))].flatMap((name) => {
    const image = desired.images.get(name)
    return image?.file ? [{ image, file: image.file }] : []
  })
  const files = await settle(
    images,
    ({ image }) => image.name,
    async ({ image, file }) => {
      const claim = view.claims?.get(image.identifier)
      if (claim) return claimedFacts(image, file, claim)
      return file.sha512 === null
        ? lookAt(image.name, file, formatOf(image.keys), reading, access)
        : pinnedFacts(image, file, file.sha512, published.has(file.sha512))
    },
  )
  const known = [...findings].flatMap(([name, { known: one }]) => (one ? [[name, one] as const] : []))
  return {
    lists: observed,
    highest: new Map(known),
    files,
    earlier: await lookBack(unpublished(images, files, published), lists, findings, desired.config, view),
    signer,
    trust: anchors.fingerprints,
    now,
  }
}

function unpublished(
  images: readonly { readonly image: DesiredImage }[],
  files: World['files'],
  published: ReadonlySet<string | null>,
): Unpublished[] {
  return images.flatMap(({ image }) => {
    const facts = files.get(image.name)
    const source = facts && 'source' in facts ? facts.source : null
    return source === null || published.has(source) ? [] : [{ image, source }]
  })
}

/** What the histories of the lists tell of images that are to come back as they were. */
async function lookBack(
  images: readonly Unpublished[],
  lists: readonly DesiredList[],
  findings: ReadonlyMap<string, Finding>,
  config: Config,
  view: View,
): Promise<Map<string, JsonObject>> {
  const looks = lists.map(async (list) => {
    const finding = findings.get(list.name)
    const own = images.filter(({ image }) => list.images.includes(image.name))
    return finding && own.length > 0 ? await findEarlier(own, finding, view.signer, config, view) : []
  })
  return new Map((await Promise.all(looks)).flatMap((found) => [...found]))
}

async function settle<T, R>(
  items: readonly T[],
  name: (item: T) => string,
  look: (item: T) => Promise<R>,
): Promise<Map<string, R | Failure>> {
  const limit = pLimit(SIDE_BY_SIDE)
  const entries = items.map((item) =>
    limit(async () => [name(item), await look(item).catch(asFailure)] as const),
  )
  return new Map(await Promise.all(entries))
}
