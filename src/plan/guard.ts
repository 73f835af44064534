import { fault, type VmcastError } from '../errors.ts'
import type {
  DueList,
  Guard,
  ListPlan,
  Observation,
  PlannedList,
  RemovedImage,
  SignerName,
  World,
} from '../model.ts'
import { isSameSigner, isVouchedFor } from './endorser.ts'
import { identifierOf } from './sighting.ts'

/** What the guards of one list are judged by. */
export interface Situation {
  readonly name: string
  readonly uri: string
  readonly observed: Observation
  readonly signer: SignerName
  readonly removed: readonly RemovedImage[]
  /** The `dc:identifier` of each image that the list will have. */
  readonly remaining: ReadonlySet<string>
  /** Every list of the repository: the versions of images follow from all that name them. */
  readonly lists: World['lists']
  /** Content files that differ from the commit. */
  readonly dirty: readonly string[]
}

type Intact = Extract<Observation, { state: 'intact' }>

/** What another person should look at before this list is published. */
export function guards(situation: Situation): Guard[] {
  return [
    ...observedGuards(situation),
    ...sharingGuards(situation),
    ...removalGuards(situation),
    ...dirtyGuards(situation),
  ]
}

function observedGuards({ uri, observed, signer }: Situation): Guard[] {
  switch (observed.state) {
    case 'absent':
      return []
    case 'broken':
      return [
        {
          kind: 'replace',
          allow: `replace=${observed.sha256}`,
          message: `What lies at ${uri} is no intact list, and would be replaced: ${sentence(observed.reason)}`,
        },
      ]
    case 'intact':
      return [
        ...(observed.ours ? [] : [guard('adopt', `The list at ${uri} was not made by vmcast.`)]),
        ...signerGuards(`list at ${uri}`, observed, signer),
      ]
  }
}

function signerGuards(what: string, { untrusted, signer: from }: Intact, to: SignerName): Guard[] {
  return [
    ...(untrusted === null ? [] : [guard('untrusted', `The ${what} is no longer trusted: ${untrusted}`)]),
    ...(isSameSigner(from, to)
      ? []
      : [
          guard(
            'signer',
            `The ${what} was signed by ${from.dn} (of ${from.ca}), and would now be by ${to.dn} (of ${to.ca}).`,
          ),
        ]),
  ]
}

/** Of other lists that say something of this one's images, and whose word somebody has to vouch for. */
function sharingGuards({ name, lists, remaining, signer }: Situation): Guard[] {
  return [...lists].flatMap(([other, observed]) => {
    if (other === name || observed.state !== 'intact' || isVouchedFor(observed, signer)) return []
    const isShared = observed.list.images.some((keys) => remaining.has(identifierOf(keys)))
    return isShared
      ? signerGuards(`list ${other}, which shares an image with ${name},`, observed, signer)
      : []
  })
}

function removalGuards({ name, removed, remaining }: Situation): Guard[] {
  const unexplained = removed
    .filter(({ reason }) => reason === null)
    .map(({ title, identifier }) =>
      guard(
        'remove',
        `“${title}” leaves ${name}, and nothing says why: \`revoked: [{ dc:identifier: ${identifier}, reason: … }]\` in its YAML would.`,
      ),
    )
  const emptied = removed.length > 0 && remaining.size === 0
  return emptied ? [...unexplained, guard('empty', `${name} loses its last image.`)] : unexplained
}

function dirtyGuards({ dirty }: Situation): Guard[] {
  if (dirty.length === 0) return []
  const shown = dirty.slice(0, 5).join(', ') + (dirty.length > 5 ? ', …' : '')
  return [guard('dirty', `Not everything is committed: ${shown}.`)]
}

const guard = (kind: Exclude<Guard['kind'], 'replace'>, message: string): Guard => ({
  kind,
  allow: kind,
  message,
})

/** A reason as the end of a sentence: some come with a full stop. */
const sentence = (reason: string): string => `${reason.replace(/\.$/, '')}.`

/** Whether a list is not as it should be, and no guard holds it back. */
export const isDue = (list: ListPlan, allow: readonly string[]): list is DueList =>
  list.action !== 'failed' && list.action !== 'keep' && refusal(list, allow) === null

/** The error that holds the list back; null if `allow` names all of its guards. */
export function refusal({ guards }: PlannedList, allow: readonly string[]): VmcastError | null {
  const refused = guards.filter((guard) => !allow.includes(guard.allow))
  return refused.length > 0 ? fault('guard-refused', { guards: refused }) : null
}
