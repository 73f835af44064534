import { fault } from '../errors.ts'
import type { Desired, DesiredList, Json, KeyChange, Observation, SignerName } from '../model.ts'
import { asObject, get } from '../json.ts'
import { isEqual, omit } from './compare.ts'

const NAMES = [
  ['hv:dn', 'dn'],
  ['hv:ca', 'ca'],
] as const

/** Throws `endorser-differs` where the YAML file names another endorser than the certificate that signs. */
export function checkEndorser({ name, keys }: DesiredList, signer: SignerName): void {
  const x509 = asObject(get(asObject(get(keys, 'hv:endorser')), 'hv:x509'))
  for (const [key, part] of NAMES) {
    const given = x509[key]
    if (typeof given === 'string' && given !== signer[part]) {
      throw fault('endorser-differs', { list: name, key, given, signer: signer[part] })
    }
  }
}

/**
 * Who must countersign a list that `signer` signs: those whom it names, and the endorsers whom the repository
 * demands of every list. Throws `countersigner-signs` where that is the signer too.
 */
export function countersignersOf(list: DesiredList, { config }: Desired, signer: SignerName): SignerName[] {
  const others = config.trust.endorsers.filter((one) => !isSameSigner(one, signer))
  const all = [...list.countersigners, ...others]
  if (all.some(({ dn }) => dn === signer.dn))
    throw fault('countersigner-signs', { list: list.name, dn: signer.dn })
  return all.filter((one, at) => all.findIndex((other) => isSameSigner(one, other)) === at)
}

/** Whether each of `demanded` has countersigned what is published. */
export const isCountersigned = (observed: Observation, demanded: readonly SignerName[]): boolean =>
  observed.state === 'intact' &&
  demanded.every((one) => observed.countersigners.some((other) => isSameSigner(one, other)))

/** The endorser apart from the names of the certificate: these change with whoever signs. */
export function withoutSigner(endorser: Json): Json {
  const given = asObject(endorser)
  if (Object.keys(given).length === 0) return endorser
  return { ...given, 'hv:x509': omit(asObject(get(given, 'hv:x509')), ['hv:dn', 'hv:ca']) }
}

/** Whether a change is only of who signs. */
export const isSignerChange = ({ key, from, to }: KeyChange): boolean =>
  key === 'hv:endorser' && isEqual(withoutSigner(from), withoutSigner(to))

/** Whether the list is signed by who signs now, and in a way that is trusted. */
export const isVouchedFor = (observed: Observation, signer: SignerName): boolean =>
  observed.state === 'intact' && observed.untrusted === null && isSameSigner(observed.signer, signer)

export const isSameSigner = (a: SignerName, b: SignerName): boolean => a.dn === b.dn && a.ca === b.ca
