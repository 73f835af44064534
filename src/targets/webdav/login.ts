import { isLoopback, type Destination } from '../../address.ts'
import { fault } from '../../errors.ts'
import type { TargetConfig } from '../../model.ts'
import { basicLogin, hostOf, passwordVariable, type Login } from '../https/login.ts'
import { secretFor } from '../secret.ts'
import type { Keyring } from '../target.ts'

/**
 * Looks for a token or password; null if there is none. Throws `secret-unbound`, `webdav-plain` (it would cross
 * a network in the clear), `webdav-no-password` and `webdav-no-user`.
 */
export function loginOf(config: TargetConfig, to: Destination, env: Keyring['env']): Login | null {
  const token = secretFor('TOKEN', config, hostOf(to), env)
  const password = token === null ? secretFor('PASSWORD', config, hostOf(to), env) : null
  if (token === null && password === null && to.user === null) return null
  const variable = passwordVariable(config)
  if (to.scheme === 'dav' && !isLoopback(to.host)) throw fault('webdav-plain', { host: to.host })
  if (token !== null) return { who: 'the bearer of the token', authorization: `Bearer ${token}` }
  if (to.user === null) throw fault('webdav-no-user', { variable })
  if (password === null) throw fault('webdav-no-password', { user: to.user, variable })
  return basicLogin(to.user, password)
}
