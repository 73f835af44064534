import type { AnyAuthMethod } from 'ssh2'
import type { Destination } from '../../address.ts'
import type { TargetConfig } from '../../model.ts'
import type { Keyring } from '../target.ts'
import { findLogin } from './login.ts'

const PORT = 22

/** An SSH server and how vmcast meets it. */
export interface Server extends Pick<Destination, 'host'> {
  readonly port: number
  readonly user: string
  /** `sftp://host` or `sftp://host:port`: what messages call it. */
  readonly place: string
  /** As in `TargetConfig.hostKeys`. */
  readonly hostKeys: readonly string[]
  /** The `known_hosts` file that they come from. */
  readonly knownHosts: string | null
  readonly login: () => Promise<Login>
  /** Milliseconds without any sign of life after which the connection counts as broken. */
  readonly patience: number
}

/** What is offered to a server, in this order, and how a message says so. */
export interface Login {
  readonly methods: readonly AnyAuthMethod[]
  readonly shown: string
}

/** The server that a configuration names; `patience`: as in `Server`. */
export function serverOf(
  { user, host, port: given }: Destination & { user: string },
  config: TargetConfig,
  keyring: Keyring,
  patience: number,
): Server {
  const port = given ?? PORT
  const name = `${host.includes(':') ? `[${host}]` : host}${port === PORT ? '' : `:${port}`}`
  const place = `sftp://${name}`
  let login: Promise<Login> | null = null
  return {
    ...{ host, port, user, place, patience },
    hostKeys: config.hostKeys,
    knownHosts: config.settings.knownHosts ?? null,
    // Asks for a passphrase at most once, and not before it is needed.
    login: () => (login ??= findLogin({ user, host: name, place }, config, keyring)),
  }
}
