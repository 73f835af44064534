import type { AnyAuthMethod } from 'ssh2'
import type { Destination } from '../../address.ts'

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
