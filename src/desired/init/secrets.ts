import { parseDestination } from '../../address.ts'

/** A variable that a job needs to log in at its target. */
export interface Variable {
  readonly name: string
  /** As the workflow says it. */
  readonly value: string
  /** What the secret is; null if the value is none. */
  readonly secret: string | null
}

/** The `name` of a target whose secrets are bound to its host. */
export const BOUND_NAME = 'storage'

const secret = (name: string, what: string): Variable => ({
  name,
  value: `\${{ secrets.${name} }}`,
  secret: what,
})

/** What the environment of a job must hold for the target `to`, as docs/targets.md says; empty where that is nobody's guess. */
export function variablesFor(to: string): readonly Variable[] {
  const place = parseDestination(to)
  if (place?.scheme === 'sftp')
    return [secret('VMCAST_SSH_KEY', 'the private key to log in at the target with')]
  if (/^s3:/i.test(to))
    return [
      secret('AWS_ACCESS_KEY_ID', 'the name of the key to the bucket'),
      secret('AWS_SECRET_ACCESS_KEY', 'the key to the bucket'),
    ]
  if (place && /^davs?$/.test(place.scheme)) {
    const token = `VMCAST_TOKEN_${BOUND_NAME.toUpperCase()}`
    return [
      secret(token, 'the token or macaroon to write with'),
      // As `to` says it, brackets and port included.
      { name: `${token}_HOST`, value: `'${to.replace(/^.*?\/\/(?:[^/@]*@)?|\/.*$/g, '')}'`, secret: null },
    ]
  }
  return []
}
