import { fault, type VmcastError } from '../errors.ts'
import type { Guard, Observation, PlannedList, RemovedImage, SignerName } from '../model.ts'

/** What the guards of one list are judged by. */
export interface Situation {
  readonly name: string
  readonly uri: string
  readonly observed: Observation
  readonly signer: SignerName
  readonly removed: readonly RemovedImage[]
  /** How many images the list will have. */
  readonly remaining: number
  /** Content files that differ from the commit. */
  readonly dirty: readonly string[]
}

/** What another person should look at before this list is published. */
export function guards(situation: Situation): Guard[] {
  return [...observedGuards(situation), ...removalGuards(situation), ...dirtyGuards(situation)]
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
        ...(observed.untrusted === null
          ? []
          : [
              guard(
                'untrusted',
                `The signer of the list at ${uri} is no longer trusted: ${observed.untrusted}`,
              ),
            ]),
        ...(isSameSigner(observed.signer, signer) ? [] : [signerGuard(uri, observed.signer, signer)]),
      ]
  }
}

const signerGuard = (uri: string, from: SignerName, to: SignerName): Guard =>
  guard(
    'signer',
    `The list at ${uri} was signed by ${from.dn} (of ${from.ca}), and would now be by ${to.dn} (of ${to.ca}).`,
  )

function removalGuards({ name, removed, remaining }: Situation): Guard[] {
  const unexplained = removed
    .filter(({ reason }) => reason === null)
    .map(({ title, identifier }) =>
      guard('remove', `“${title}” (${identifier}) leaves ${name}, and revoked: does not say why.`),
    )
  const emptied = removed.length > 0 && remaining === 0
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

/** Whether the list is signed by who signs now, and in a way that is trusted. */
export const isVouchedFor = (observed: Observation, signer: SignerName): boolean =>
  observed.state === 'intact' && observed.untrusted === null && isSameSigner(observed.signer, signer)

export const isSameSigner = (a: SignerName, b: SignerName): boolean => a.dn === b.dn && a.ca === b.ca

/** A reason as the end of a sentence: some come with a full stop. */
const sentence = (reason: string): string => `${reason.replace(/\.$/, '')}.`

/** The error that holds the list back; null if `allow` names all of its guards. */
export function refusal({ guards }: PlannedList, allow: readonly string[]): VmcastError | null {
  const refused = guards.filter((guard) => !allow.includes(guard.allow))
  return refused.length > 0 ? fault('guard-refused', { guards: refused }) : null
}
