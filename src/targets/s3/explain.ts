import { fault, systemCode, VmcastError } from '../../errors.ts'
import { unreachable } from '../unreachable.ts'

/** What a server answered when it refused: its own code, and the HTTP status; null where there was no answer. */
export interface Refusal {
  /** `NoSuchBucket`, `AccessDenied`, …; for an answer without a body whatever the SDK calls it. */
  readonly code: string
  readonly status: number
  readonly region: string | null
}

/** Reads a failure of the SDK. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof Error) || !('$metadata' in error)) return null
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number }
  if (status === undefined) return null
  const response =
    '$response' in error ? (error.$response as { headers?: Record<string, string> }) : undefined
  const region = response?.headers?.['x-amz-bucket-region']
  const code = /^[A-Za-z0-9.]{1,64}$/.test(error.name) ? error.name : 'an unknown error'
  return { code, status, region: region && /^[a-z0-9-]{1,40}$/.test(region) ? region : null }
}

/**
 * A failure of the SDK as one of the catalogue; a bug as it is. Nothing of the server's own words is shown and
 * no cause is kept: they hold key ids and signatures.
 */
export function explain(place: string, error: unknown): unknown {
  if (error instanceof VmcastError || !(error instanceof Error)) return error
  const refusal = refusalOf(error)
  if (refusal) return explainRefusal(place, refusal)
  const code = systemCode(error) ?? ''
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(error.name))
    return fault('s3-no-credentials', { place })
  // The SDK's words: it asks its own settings, and has no other way to say so.
  if (error.message === 'Region is missing') return fault('s3-no-region', { place })
  if (error.name === 'TimeoutError') return interrupted(place, code === '' ? 'nothing moved any more' : code)
  if (/CERT|_SIGNATURE|SELF_SIGNED|^ERR_TLS/.test(code))
    return fault('s3-certificate', { place, reason: code })
  if (code !== '') return unreachable(place, code) ?? interrupted(place, code)
  if ('$response' in error || '$metadata' in error) {
    return fault('s3-failed', { place, reason: 'its answer is none of S3' })
  }
  return error
}

const interrupted = (place: string, reason: string) => fault('target-interrupted', { place, reason })

function explainRefusal(place: string, { code, status, region }: Refusal): VmcastError {
  switch (code) {
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'InvalidClientTokenId':
      return fault('s3-credentials', { place, code })
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
      return fault('s3-expired', { place })
    case 'RequestTimeTooSkewed':
    case 'RequestExpired':
      return fault('s3-clock', { place })
    case 'NoSuchBucket':
      return fault('s3-bucket', { place })
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return fault('s3-region', { place, region })
    case 'QuotaExceeded':
    case 'InsufficientStorage':
    case 'XMinioStorageFull':
      return fault('target-full', { path: place })
    case 'BadDigest': // damaged on the way
    case 'NoSuchUpload': // somebody else ended it: what there is now is looked at anew
    case 'OperationAborted':
    case 'ConditionalRequestConflict':
    case 'RequestTimeout':
    case 'Throttling':
      return interrupted(place, code)
    default:
      return explainStatus(place, code, status, region)
  }
}

function explainStatus(place: string, code: string, status: number, region: string | null): VmcastError {
  if (status === 301 || status === 307 || status === 308) return fault('s3-region', { place, region })
  if (status === 401 || status === 403) return fault('s3-denied', { place })
  if (status === 507) return fault('target-full', { path: place })
  if (status === 408 || status === 429 || (status >= 500 && status !== 501)) {
    return interrupted(place, `the server answered ${status} (${code})`)
  }
  return fault('s3-failed', { place, reason: `it answered ${status} (${code})` })
}
