import { signList, type Desk } from '../apply/sign.ts'
import { load } from '../desired/load.ts'
import { publishedTags } from '../desired/tags.ts'
import { fault, isFault } from '../errors.ts'
import { textOf } from '../json.ts'
import { serialize } from '../list/compose.ts'
import { parse } from '../list/parse.ts'
import { openMessage } from '../list/smime.ts'
import { endorserFault } from '../list/verify.ts'
import type {
  Desired,
  DueList,
  JsonObject,
  Observation,
  PlannedList,
  PublishedList,
  Rendered,
  SignerFacts,
} from '../model.ts'
import { judge } from '../observe/published.ts'
import { difference } from '../plan/difference.ts'
import { byIdentifier, identifierOf } from '../plan/sighting.ts'
import { compareVersions, FIRST_VERSION, highest, raise } from '../plan/version.ts'
import { recompose } from '../recompose.ts'
import { readRelease, readSigned, writeSigned } from '../release/folder.ts'
import { sha256 } from '../sums.ts'
import type { Anchors } from '../trust/anchors.ts'
import type { Certificate } from '../trust/certificate.ts'

/** A rendered list, as whoever signs it should see it: all of this comes from the very bytes. */
export interface Proposal extends Rendered {
  /** From the list that was published when it was rendered. */
  readonly difference: PlannedList
  /** What else to know. */
  readonly notes: readonly string[]
}

export interface SignOrder {
  readonly folder: string
  /** Names; none named means all. */
  readonly lists: readonly string[]
  /** A checkout that must compose the same; null: none is asked. */
  readonly root: string | null
}

/**
 * What there is to sign in a folder. Reaches no network. Throws `release-not-for` where a list is not for this signer,
 * or does not follow on the enclosed one; `release-differs` where the checkout would compose another one.
 */
export async function propose(
  { folder, lists, root }: SignOrder,
  signer: Certificate,
  { anchors, now }: Pick<Desk, 'anchors' | 'now'>,
): Promise<readonly Proposal[]> {
  const rendered = await select(folder, lists)
  const desired = root === null ? null : await load(root)
  const endorsers = desired?.config.trust.endorsers ?? []
  const tags = root === null ? [] : await publishedTags(root)
  return rendered.map((one) => {
    const { name, content } = one
    const list = parse(content)
    const last: Observation = one.last
      ? judge({ bytes: one.last, tag: sha256(one.last) }, { anchors, endorsers }, now())
      : { state: 'absent' }
    const reason =
      refusal(one, list, last, signer) ??
      rollbackOf(
        list,
        tags.filter((tag) => tag.list === name),
      )
    if (reason) throw fault('release-not-for', { name, reason })
    const own = desired && compareWith(desired, one, list, last, signer, anchors)
    const before = last.state === 'intact' ? last : null
    return {
      ...one,
      difference: {
        ...difference(name, before, { list, signer }),
        countersigners: own?.countersigners ?? [],
      },
      notes: [...notesOn(last), ...(desired && own ? notesFrom(own, desired, list, last) : [])],
    }
  })
}

/** The rendered lists of a folder, or some of them. Throws `unknown-list`, and as `readRelease` does. */
export async function select(folder: string, names: readonly string[]): Promise<readonly Rendered[]> {
  const rendered = await readRelease(folder)
  const known = rendered.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw fault('unknown-list', { name: unknown, known })
  return names.length === 0 ? rendered : rendered.filter(({ name }) => names.includes(name))
}

/** Whether just this was signed by just this certificate before: signing anew would only drop countersignatures. */
export async function isSigned(folder: string, { name, content }: Proposal, { pen }: Desk): Promise<boolean> {
  const bytes = await readSigned(folder, name)
  if (!bytes) return false
  try {
    const message = openMessage(bytes)
    return message.content === content && message.signer.fingerprint === pen.certificate.fingerprint
  } catch (error) {
    if (isFault(error, 'message-broken')) return false
    throw error
  }
}

/** Signs what was proposed, and puts the message beside it. Throws as `signList` does. */
export async function signProposal(
  folder: string,
  { name, uri, content }: Proposal,
  desk: Desk,
): Promise<void> {
  await writeSigned(folder, name, await signList(content, uri, desk))
}

function refusal(
  { uri, content }: Rendered,
  list: PublishedList,
  last: Observation,
  signer: Certificate,
): string | null {
  // What is shown must be all that is there: a key that stands twice shows once, one that no list has not at all.
  if (serialize(wrapped(list)) !== content) return 'it is not written as vmcast writes lists'
  if (textOf(list.keys, 'hv:uri') !== uri) return `its hv:uri is not ${uri}`
  const other = endorserFault(list, signer)
  if (other) return other
  if (last.state !== 'intact') return null
  const [before, identifier] = [identifierOf(last.list.keys), identifierOf(list.keys)]
  if (before !== identifier) return `it is the list ${identifier}, and what is published is ${before}`
  const [from, to] = [last.list, list].map(({ keys }) => textOf(keys, 'hv:version') ?? '')
  return compareVersions(to ?? '', from ?? '') > 0 ? null : `its version ${to} does not rank above ${from}`
}

/** Why a list that does not rank above what a tag of this repository says was published is not signed. */
function rollbackOf({ keys }: PublishedList, tags: readonly { readonly version: string }[]): string | null {
  const version = textOf(keys, 'hv:version') ?? ''
  const tagged = tags.find((tag) => compareVersions(version, tag.version) <= 0)
  return tagged
    ? `rolled-back: a tag of this repository says that version ${tagged.version} was published`
    : null
}

/** What this checkout can vouch for, and what it cannot. */
function notesFrom(own: DueList, desired: Desired, list: PublishedList, last: Observation): string[] {
  const claimed = own.images.filter((image) => {
    const file = image.action === 'remove' || !image.upload ? null : desired.images.get(image.name)?.file
    return (
      file && (file.sha512 === null || (image.action !== 'remove' && image.bytes.to?.sha512 !== file.sha512))
    )
  })
  const before = last.state === 'intact' ? textOf(last.list.keys, 'hv:version') : null
  const next = before === null ? FIRST_VERSION : raise(before)
  const version = textOf(list.keys, 'hv:version')
  return [
    'This checkout composes the same list.',
    ...claimed.map(
      ({ title }) =>
        `The sums of “${title}” are the word of the machine that rendered: they are not pinned as they are served.`,
    ),
    ...(version === next
      ? []
      : [`Its version ${version} is not the next one (${next}): only the network knows why.`]),
  ]
}

const wrapped = ({ keys, images }: PublishedList): JsonObject => ({
  'hv:imagelist': { ...keys, 'hv:images': images.map((image) => ({ 'hv:image': image })) },
})

function notesOn(last: Observation): string[] {
  switch (last.state) {
    case 'absent':
      return ['Nothing was published at its address: this is a first publication.']
    case 'broken':
      return [`What was published is no intact list, and is replaced: ${last.reason}`]
    case 'intact':
      return last.untrusted === null ? [] : [`What is published is no longer trusted: ${last.untrusted}`]
  }
}

/** The checkout's own plan. Throws `release-differs` unless it composes the same, but for versions that only the network knows. */
function compareWith(
  desired: Desired,
  rendered: Rendered,
  given: PublishedList,
  last: Observation,
  signer: SignerFacts,
  { fingerprints }: Anchors,
): DueList {
  const { name } = rendered
  return recompose(rendered, withFloors(desired, name, given), {
    ...{ lists: new Map([[name, last]]), highest: new Map(), signer, trust: fingerprints, since: null },
  })
}

/** Offline, nobody knows what other lists and the history hold: the versions given count as floors. */
function withFloors(desired: Desired, name: string, given: PublishedList): Desired {
  const images = byIdentifier(given)
  const raised = <T extends { readonly keys: PublishedList['keys'] }>(
    one: T,
    keys: PublishedList['keys'],
  ): T => {
    const floor = highest([one.keys, keys].flatMap((each) => textOf(each, 'hv:version') ?? []))
    return floor === null ? one : { ...one, keys: { ...one.keys, 'hv:version': floor } }
  }
  return {
    ...desired,
    lists: desired.lists.map((list) => (list.name === name ? raised(list, given.keys) : list)),
    images: new Map(
      [...desired.images].map(([key, image]) => [key, raised(image, images.get(image.identifier) ?? {})]),
    ),
  }
}
