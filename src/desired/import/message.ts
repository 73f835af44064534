import { formatTime } from '../../dates.ts'
import { fault, isFault, type VmcastError } from '../../errors.ts'
import { parse } from '../../list/parse.ts'
import { openMessage, readUnverified } from '../../list/smime.ts'
import { endorserFault } from '../../list/verify.ts'
import type { Anchors } from '../../trust/anchors.ts'
import type { Certificate } from '../../trust/certificate.ts'
import { judgeChain } from '../../trust/chain.ts'

/** A list to import: its JSON text, and how far it can be believed. */
export interface Given extends Trustworthiness {
  readonly content: string
  readonly refusal: VmcastError | null
}

export interface Trustworthiness {
  readonly signature: Signature | null
  /** Why the signature does not verify; null if it does, or if there is none. */
  readonly refusal: { readonly message: string } | null
}

/** Who signed, as far as the message says it; what only an intact one can say is null where it is not. */
export interface Signature {
  readonly dn: string
  readonly ca: string
  /** Of the certificate; times as on the wire. */
  readonly validFrom: string
  readonly validUntil: string
  readonly signedAt: string | null
  readonly digest: string | null
}

/**
 * Reads a signed list or a list's JSON. The signature is judged as `openssl smime -verify` would at the time
 * `now`, and its signer must be the list's endorser. Throws `message-broken`, `list-malformed`.
 */
export function readGiven(bytes: Uint8Array, anchors: Anchors, now: Date): Given {
  if (isJson(bytes)) return { content: decode(bytes), signature: null, refusal: null }
  try {
    const { content, signer, others, signedAt, digest } = openMessage(bytes)
    const doubts = [judgeChain(signer, others, anchors, now), endorserFault(parse(content), signer)]
    const doubt = doubts.filter((one) => one !== null).join('; ')
    const refusal = doubt === '' ? null : fault('import-unverified', { doubt })
    return { content, signature: signatureBy(signer, signedAt, digest), refusal }
  } catch (refusal) {
    if (!isFault(refusal, 'message-broken')) throw refusal
    // Whoever is named need not be judged: that it is not their text says everything.
    const { content, signer } = readUnverified(bytes)
    return { content, signature: signer && signatureBy(signer, null, null), refusal }
  }
}

const signatureBy = (
  { dn, ca, notBefore, notAfter }: Certificate,
  signedAt: Date | null,
  digest: string | null,
): Signature => ({
  dn,
  ca,
  validFrom: formatTime(notBefore),
  validUntil: formatTime(notAfter),
  signedAt: signedAt && formatTime(signedAt),
  digest,
})

/** What a message begins with is a header's name; a list's JSON, a brace. */
const isJson = (bytes: Uint8Array): boolean =>
  /^(\xef\xbb\xbf)?\s*\{/.test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'))

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw fault('list-malformed', { reason: 'it is not in UTF-8' }, error)
  }
}

/** Who signed and since when, line by line, for a reader. */
export function describeSignature({ signature, refusal }: Trustworthiness): readonly string[] {
  if (!signature) return [refusal?.message ?? 'It is not signed: nobody vouches for it.']
  const { dn, ca, validFrom, validUntil, signedAt, digest } = signature
  const how = `${digest ? ` with ${digest}` : ''}${signedAt ? ` on ${signedAt}` : ''}`
  return [
    `${refusal ? 'Said to be signed' : 'Signed'}${how} by ${dn};`,
    `  the certificate is of ${ca},`,
    `  and valid from ${validFrom} to ${validUntil}.`,
    ...(refusal ? [refusal.message] : []),
  ]
}
