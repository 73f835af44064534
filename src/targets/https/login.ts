import type { Destination } from '../../address.ts'
import type { TargetConfig } from '../../model.ts'
import { secretName } from '../secret.ts'

/** A token or password, and the header that it makes. */
export interface Login {
  /** As a message calls whoever has it. */
  readonly who: string
  readonly authorization: string
}

/** A user with a password (RFC 7617). */
export function basicLogin(user: string, password: string): Login {
  const basic = Buffer.from(`${user}:${password}`).toString('base64')
  return { who: `the user ${user}`, authorization: `Basic ${basic}` }
}

/** How messages call the variable for a target's password. */
export const passwordVariable = (config: TargetConfig): string =>
  secretName('PASSWORD', config) ?? 'VMCAST_PASSWORD_<the target’s `name`>'

/** A host, with its port if it has one, as addresses spell it. Secrets are bound to it. */
export function hostOf({ host, port }: Destination): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === null ? name : `${name}:${port}`
}
