import type { KeyObject } from 'node:crypto'
import { fault } from '../errors.ts'
import type { Anchors } from './anchors.ts'
import type { Certificate } from './certificate.ts'
import { buildChain, DIGITAL_SIGNATURE, examineChain, purposeFaults } from './chain.ts'
import { finding, type Examination, type Finding } from './finding.ts'
import type { Signer } from './signer.ts'

/** What a message may be read with, but no new signature may rest on. */
const OUTDATED = new Set<Finding['code']>(['digest-outdated', 'key-outdated'])

type Judged = Pick<Signer, 'certificate' | 'chain'>

/**
 * Refuses a signer that any subscriber would refuse, before anything is signed: `examineSigner` finds faults.
 * Returns warnings, as sentences. Throws `signer-refused` with every reason and its remedy.
 */
export function judgeSigner(signer: Judged, anchors: Anchors, now: Date, until = now): string[] {
  const { faults, warnings } = examineSigner(signer, anchors, now, until)
  if (faults.length > 0) throw fault('signer-refused', { dn: signer.certificate.dn, reasons: faults })
  return warnings.map(({ message }) => `${message}.`)
}

/**
 * Whether a certificate is fit for a signature made `now` on a list that ends at `until` (subscriber contract, points
 * 5, 7, 8).
 */
export function examineSigner(
  { certificate, chain }: Judged,
  anchors: Anchors,
  now: Date,
  until = now,
): Examination {
  const { faults, warnings } = examineChain(certificate, chain, anchors, now)
  const { certificates } = buildChain(certificate, chain, anchors, now)
  return {
    faults: [
      ...faults,
      ...purposeFaults(certificate),
      ...warnings.filter(({ code }) => OUTDATED.has(code)),
      ...formFaults(certificate),
      ...certificates
        .filter(({ notAfter }) => notAfter > now && notAfter < until)
        .map(({ dn, notAfter }) => finding('ends-before-list', { dn, on: notAfter, until })),
    ],
    warnings: [...warnings.filter(({ code }) => !OUTDATED.has(code)), ...formWarnings(certificate)],
  }
}

/** What is wrong with the certificate for a new signature, wherever it comes from. */
function formFaults({ keyUsage, odd, dn, publicKey }: Certificate): Finding[] {
  return [
    ...(keyUsage !== null && !(keyUsage & DIGITAL_SIGNATURE) ? [finding('no-digital-signature', {})] : []),
    ...(odd === null ? [] : [finding('name-odd', { odd })]),
    ...(/\/CN=(limited )?proxy$/.test(dn) ? [finding('proxy', { dn })] : []),
    ...(isUsual(publicKey) ? [] : [finding('key-kind', {})]),
  ]
}

function formWarnings({ dn, publicKey }: Certificate): Finding[] {
  return curveOf(publicKey) === 'secp384r1' ? [finding('key-p384', { dn })] : []
}

/** Bits of an RSA key: no subscriber was tried with a longer one. */
const LONGEST_RSA = 8192

const isUsual = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'rsa'
    ? (key.asymmetricKeyDetails?.modulusLength ?? Infinity) <= LONGEST_RSA
    : ['prime256v1', 'secp384r1'].includes(curveOf(key))

const curveOf = ({ asymmetricKeyDetails }: KeyObject): string => asymmetricKeyDetails?.namedCurve ?? ''
