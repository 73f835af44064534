import { fault } from '../errors.ts'
import type { Surroundings, TargetConfig } from '../model.ts'

/**
 * Kinds of secret that the environment holds for a target, as its variables spell them. Those of `S3` and `X509`
 * lie where their own tools look for them (`AWS_…`, `X509_USER_PROXY`): vmcast's variable only binds them.
 */
export type SecretKind = 'TOKEN' | 'PASSWORD' | 'PASSPHRASE' | 'S3' | 'X509'

/**
 * The name of the variable that holds a target's secret: `VMCAST_TOKEN_DCACHE` for the target with the
 * `name: dcache`. Null for one without a name: it can have no secret.
 */
export const secretName = (kind: SecretKind, { settings }: Pick<TargetConfig, 'settings'>): string | null =>
  settings.name === undefined ? null : `VMCAST_${kind}_${settings.name.toUpperCase().replaceAll('-', '_')}`

/**
 * A target's token or password; null if there is none. It goes to the one `host` (with `:port` unless that is
 * the scheme's own) that `…_HOST` beside it names: whoever edits vmcast.yaml cannot send it elsewhere.
 * Throws `secret-unbound`.
 */
export function secretFor(
  kind: SecretKind,
  config: TargetConfig,
  host: string,
  env: Surroundings['env'],
): string | null {
  const name = secretName(kind, config)
  const secret = name === null ? undefined : env[name]
  if (name === null || !secret) return null
  requireBinding(name, host, env)
  return secret
}

/** Throws `secret-unbound` unless the environment says that the secret called `name` is for this host. */
export function requireBinding(name: string, host: string, env: Surroundings['env']): void {
  const variable = `${name}_HOST`
  if (env[variable]?.toLowerCase() !== host.toLowerCase()) {
    throw fault('secret-unbound', { variable, host, isSet: env[variable] !== undefined })
  }
}
