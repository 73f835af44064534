import { fault } from '../errors.ts'
import type { Config } from '../model.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** A certificate or a key as somebody gave it. */
export interface Given {
  /** What its giver calls it: a variable, or a key of vmcast.yaml. */
  readonly name: string
  /** The PEM itself if it begins with `-----BEGIN`; else a path. */
  readonly value: string
  /** What a message calls it: a path, but never what a variable holds, for that may be a key in an odd form. */
  readonly shown: string
}

interface Source {
  readonly certificate: Given | null
  readonly key: Given | null
  /** What would be set to add the key that is missing here. */
  readonly keyName: string
}

/** Variables of the environment that name a certificate and its key: those above vmcast.yaml, and below. */
const ABOVE = [['VMCAST_X509_CERT', 'VMCAST_X509_KEY']] as const
const BELOW = [
  ['VMCASTER_X509_CERT', 'VMCASTER_X509_KEY'],
  ['X509_USER_CERT', 'X509_USER_KEY'],
] as const

/** Where grid tools keep a user's own certificate. */
export const LAST_RESORT = { certificate: '~/.globus/usercert.pem', key: '~/.globus/userkey.pem' } as const

/** Every place to look at, the strongest first (design, "A content repository"). */
export function sources(signing: Config['signing'], env: Env, home: string): readonly Source[] {
  const variables = ([certificate, key]: readonly [string, string]): Source => ({
    certificate: given(certificate, env[certificate], certificate),
    key: given(key, env[key], key),
    keyName: key,
  })
  return [
    ...ABOVE.map(variables),
    {
      certificate: given('signing.certificate', signing.certificate),
      key: given('signing.key', signing.key),
      keyName: 'signing.key',
    },
    ...BELOW.map(variables),
    {
      certificate: given(LAST_RESORT.certificate, LAST_RESORT.certificate.replace('~', home)),
      key: given(LAST_RESORT.key, LAST_RESORT.key.replace('~', home)),
      keyName: LAST_RESORT.key,
    },
  ]
}

const given = (name: string, value: string | null | undefined, shown = value): Given | null =>
  value && shown ? { name, value, shown } : null

/** The strongest certificate. Every home has the last source's name, so there is always one. */
export function certificateOf(places: readonly Source[]): Given {
  const found = places.find(({ certificate }) => certificate)?.certificate
  if (!found) throw new Error('the last source always names a certificate')
  return found
}

/**
 * The key that goes with the strongest certificate: from the same source, or from one above it that gives
 * a key alone (the committed certificate with a CI secret). One from below belongs to another certificate.
 * Throws `key-missing`.
 */
export function keyOf(places: readonly Source[]): Given {
  const certificate = certificateOf(places)
  const reach = places.slice(0, places.findIndex((place) => place.certificate === certificate) + 1)
  const found = reach.find(({ key }) => key)?.key
  if (found) return found
  const wanted = reach.map(({ keyName }) => keyName).reverse()
  throw fault('key-missing', { certificate: certificate.name, wanted })
}
