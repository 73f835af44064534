import type { KeyObject } from 'node:crypto'
import { fault } from '../errors.ts'
import type { Anchors } from './anchors.ts'
import type { Certificate } from './certificate.ts'
import { buildChain, DIGITAL_SIGNATURE, judgeChain } from './chain.ts'
import type { Signer } from './signer.ts'

/** Signature algorithms that are read, but that no new signature may rest on: MD5 and SHA-1. */
const OUTDATED = new Set(['1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10045.4.1'])

/**
 * Refuses a signer that any subscriber would refuse (subscriber contract, points 5, 7, 8), before anything
 * is signed. Returns warnings. Throws `signer-refused` with every reason.
 */
export function judgeSigner(signer: Signer, anchors: Anchors, now: Date): string[] {
  const { certificate, chain, dn } = signer
  const chainReasons = judgeChain(certificate, chain, anchors, now)
  const path = buildChain(certificate, chain, anchors, now).certificates
  const outdated = path.filter(
    (one) => OUTDATED.has(one.signatureAlgorithm) && !anchors.fingerprints.includes(one.fingerprint),
  )
  const reasons = [
    ...(chainReasons === null ? [] : [chainReasons]),
    ...outdated.map((one) => `the certificate ${one.dn} is signed with SHA-1 or MD5`),
    ...formFaults(certificate),
  ]
  if (reasons.length > 0) throw fault('signer-refused', { dn, reasons })
  return certificate.publicKey.asymmetricKeyDetails?.namedCurve === 'secp384r1'
    ? [`${dn} has a P-384 key: OpenSSL takes it, but it was not tried on every subscriber.`]
    : []
}

/** What is wrong with the certificate for a new signature, wherever it comes from. */
function formFaults({ keyUsage, odd, dn, publicKey }: Certificate): string[] {
  return [
    ...(keyUsage !== null && !(keyUsage & DIGITAL_SIGNATURE) ? ['its keyUsage lacks digitalSignature'] : []),
    ...(odd === null ? [] : [`subscribers spell its name in different ways: ${odd}`]),
    ...(/\/CN=(limited )?proxy$/.test(dn) ? ['it is a proxy certificate'] : []),
    ...(isStrong(publicKey) ? [] : ['its key is neither RSA of 2048 bits or more, nor EC P-256 or P-384']),
  ]
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  return ['prime256v1', 'secp384r1'].includes(asymmetricKeyDetails?.namedCurve ?? '')
}
