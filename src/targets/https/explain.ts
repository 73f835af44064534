import { fault, type VmcastError } from '../../errors.ts'
import { unreachable } from '../unreachable.ts'
import type { Broken } from './exchange.ts'

const REASONS = new Map([
  ['ECONNRESET', 'the connection was cut'],
  ['EPIPE', 'the connection was cut'],
  ['EPROTO', 'it does not speak TLS as it should'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
])

/** What Node calls a server's certificate that does not hold. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_|HOSTNAME_)/

/**
 * What a broken exchange with `host` about `place` means: `https-untrusted` (its certificate),
 * `https-client-refused` (it sent a TLS alert after it had seen ours), `target-unreachable`, else `target-interrupted`.
 * Node's messages are not shown: they can quote an address with a token in it.
 */
export function explain({ code, message }: Broken, place: string, host: string, who: string): VmcastError {
  const unreached = unreachable(place, code)
  if (unreached) return unreached
  const reason = code === undefined ? message : (REASONS.get(code) ?? code)
  if (code && CERTIFICATE.test(code)) {
    const known = REASONS.get(code) ?? `no CA that is trusted here vouches for it (${code})`
    return fault('https-untrusted', { host, reason: known })
  }
  if (code && /_ALERT_/.test(code))
    return fault('https-client-refused', { host, who, reason: `TLS alert ${code}` })
  return fault('target-interrupted', { place, reason })
}
