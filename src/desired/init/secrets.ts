import { parseDestination } from '../../address.ts'
import { secretName } from '../../targets/secret.ts'
import type { Target } from './answers.ts'

/** A variable that a job needs to log in at its target. */
export interface Variable {
  readonly name: string
  /** As the workflow says it. */
  readonly value: string
  /** What the secret is; null if the value is none. */
  readonly secret: string | null
}

const secret = (name: string, what: string): Variable => ({
  name,
  value: `\${{ secrets.${name} }}`,
  secret: what,
})

/** What the environment of a job must hold for these targets, as docs/targets.md says; empty where that is nobody's guess. */
export const variablesFor = (targets: readonly Target[]): readonly Variable[] => [
  ...new Map(targets.flatMap(variablesOf).map((one) => [one.name, one])).values(),
]

function variablesOf({ to, settings }: Target): readonly Variable[] {
  const place = parseDestination(to)
  if (place?.scheme === 'sftp')
    return [secret('VMCAST_SSH_KEY', 'the private key to log in at the target with')]
  if (/^s3:/i.test(to))
    return [
      secret('AWS_ACCESS_KEY_ID', 'the name of the key to the bucket'),
      secret('AWS_SECRET_ACCESS_KEY', 'the key to the bucket'),
      ...binding(secretName('S3', { settings }), settings.endpoint),
    ]
  const token = secretName('TOKEN', { settings })
  if (token !== null && place && /^davs?$/.test(place.scheme))
    return [secret(token, 'the token or macaroon to write with'), ...binding(token, to)]
  return []
}

/** The host that a secret may go to, as `address` says it, brackets and port included. */
function binding(name: string | null, address: string | undefined): readonly Variable[] {
  const host = address?.replace(/^.*?\/\/(?:[^/@]*@)?|\/.*$/g, '') ?? ''
  // An endpoint may be anything that looks like an address.
  return name !== null && /^[\w.:[\]-]+$/.test(host)
    ? [{ name: `${name}_HOST`, value: `'${host}'`, secret: null }]
    : []
}
