import type { KeyObject } from 'node:crypto'
import { RSASSAPSSParams } from 'pkijs'
import type { Certificate } from './certificate.ts'
import type { Chain } from './chain.ts'
import { finding, type Examination } from './finding.ts'

const PSS = '1.2.840.113549.1.1.10'

/** MD2, MD4 and MD5 with RSA. */
const BROKEN = new Set(['1.2.840.113549.1.1.2', '1.2.840.113549.1.1.3', '1.2.840.113549.1.1.4'])

/** SHA-1: by itself (as PSS names it), and with RSA, DSA and ECDSA. */
const OUTDATED = new Set([
  '1.3.14.3.2.26',
  '1.2.840.113549.1.1.5',
  '1.3.14.3.2.29',
  '1.3.14.3.2.27',
  '1.2.840.10040.4.3',
  '1.2.840.10045.4.1',
])

/**
 * The floor under algorithms: what is broken is a fault, and what is outdated a warning, that a new signature
 * must not rest on. Nothing hangs on an anchor’s own signature; its key counts.
 */
export function examineStrength({ certificates, anchored }: Chain): Examination {
  const signed = anchored ? certificates.slice(0, -1) : certificates
  return {
    faults: [
      ...signed.filter((one) => BROKEN.has(digestOf(one))).map(({ dn }) => finding('digest-broken', { dn })),
      ...certificates
        .filter(({ publicKey }) => strengthOf(publicKey) === 'broken')
        .map(({ dn }) => finding('key-broken', { dn })),
    ],
    warnings: [
      ...signed
        .filter((one) => OUTDATED.has(digestOf(one)))
        .map(({ dn }) => finding('digest-outdated', { dn })),
      ...certificates
        .filter(({ publicKey }) => strengthOf(publicKey) === 'outdated')
        .map(({ dn }) => finding('key-outdated', { dn })),
    ],
  }
}

/** OID of the signature’s algorithm; of its digest, where only its parameters tell. */
function digestOf({ signatureAlgorithm, asn1 }: Certificate): string {
  if (signatureAlgorithm !== PSS) return signatureAlgorithm
  const schema: unknown = asn1.signatureAlgorithm.algorithmParams
  return new RSASSAPSSParams({ schema }).hashAlgorithm.algorithmId
}

function strengthOf({ asymmetricKeyType: kind, asymmetricKeyDetails: details }: KeyObject) {
  if (kind === 'ed25519' || kind === 'ed448') return 'good'
  // A curve's name has its bits: prime256v1, secp384r1.
  const bits =
    kind === 'ec'
      ? 8 * Number(/\d{3}/.exec(details?.namedCurve ?? '')?.[0] ?? 0)
      : (details?.modulusLength ?? 0)
  if (bits < 1024) return 'broken'
  return bits < 2048 ? 'outdated' : 'good'
}
