import { join } from 'node:path'
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
  /** Null: somebody named it. Else it is where grid tools look by themselves, and need not be there: what could name another. */
  readonly instead: readonly string[] | null
  /** Whether it was given as a private key; a certificate's place may hold one, too. */
  readonly secret: boolean
}

/** Where a signer's certificate and key are. */
export interface Sources {
  /** The first that is there counts. */
  readonly certificates: readonly [Given, ...Given[]]
  /** null: nobody names one, so it has to lie with the certificate. */
  readonly key: Given | null
  /** What could be set to name a key. */
  readonly keyNames: readonly string[]
}

interface Row {
  readonly certificate: Given | null
  readonly key: Given | null
  /** What they are called. */
  readonly names: readonly [certificate: string, key: string]
}

/** Variables of the environment that name a certificate and its key: those above vmcast.yaml, and below. */
const ABOVE = [['VMCAST_X509_CERT', 'VMCAST_X509_KEY']] as const
const BELOW = [
  ['VMCASTER_X509_CERT', 'VMCASTER_X509_KEY'],
  ['X509_USER_CERT', 'X509_USER_KEY'],
] as const

/**
 * The strongest certificate that somebody names, in the environment or as `signing` (null: there is no vmcast.yaml
 * to be asked); else those that grid tools find in the home. With it goes the
 * key from the same place, or from one above it that names a key alone (the committed certificate with a CI
 * secret): one from below belongs to another certificate (design, "A content repository").
 */
export function sources(signing: Config['signing'] | null, env: Env, home: string): Sources {
  const variables = ([certificate, key]: readonly [string, string]): Row => ({
    certificate: named(false, certificate, env[certificate], certificate),
    key: named(true, key, env[key], key),
    names: [certificate, key],
  })
  const rows = [...ABOVE.map(variables), ...(signing ? [configured(signing)] : []), ...BELOW.map(variables)]
  const strongest = rows.findIndex(({ certificate }) => certificate)
  const certificate = rows[strongest]?.certificate
  const reach = certificate ? rows.slice(0, strongest + 1) : rows
  const key = reach.find((row) => row.key)?.key ?? null
  const keyNames = reach.map(({ names: [, name] }) => name).reverse()
  if (certificate) return { certificates: [certificate], key, keyNames }
  const instead = rows.map(({ names: [name] }) => name)
  const implied = (secret: boolean, file: string): Given => {
    const name = `~/.globus/${file}`
    return { name, value: join(home, '.globus', file), shown: name, instead, secret }
  }
  return {
    certificates: [implied(false, 'usercert.pem'), implied(false, 'usercred.p12')],
    key: key ?? implied(true, 'userkey.pem'),
    keyNames,
  }
}

const configured = ({ certificate, key }: Config['signing']): Row => ({
  certificate: named(false, 'signing.certificate', certificate),
  key: named(true, 'signing.key', key),
  names: ['signing.certificate', 'signing.key'],
})

/** One certificate and its key, by paths that are known; no `key`: it lies with the certificate. */
export function at(certificate: NamedPath, key: NamedPath | null, keyName: string): Sources {
  const given = (secret: boolean, { name, path }: NamedPath): Given => ({
    name,
    value: path,
    shown: path,
    instead: null,
    secret,
  })
  return { certificates: [given(false, certificate)], key: key && given(true, key), keyNames: [keyName] }
}

/** A path, and what its giver calls it. */
export interface NamedPath {
  readonly name: string
  readonly path: string
}

const named = (
  secret: boolean,
  name: string,
  value: string | null | undefined,
  shown = value,
): Given | null => (value && shown ? { name, value, shown, instead: null, secret } : null)
