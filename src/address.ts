import type { TargetConfig } from './model.ts'

/** Where an address leads: the target that serves it, and the file's key there. */
export interface Place {
  readonly target: TargetConfig
  readonly key: string
}

/**
 * The target whose `match` is the longest prefix of `uri`, and the key below it; null if none serves it.
 * A key that could leave its target (`..`, encoded dots or slashes, a query, a fragment) is served by none.
 */
export function locate(targets: readonly TargetConfig[], uri: string): Place | null {
  const target = targets
    .filter(({ match }) => uri.startsWith(match))
    .reduce<TargetConfig | null>(
      (best, one) => (best && best.match.length >= one.match.length ? best : one),
      null,
    )
  if (!target) return null
  const key = uri.slice(target.match.length)
  return isSafeKey(key) ? { target, key } : null
}

/** A key names a file below the target's root: plain segments, not hidden, nothing that is decoded later. */
export const isSafeKey = (key: string): boolean =>
  key.length <= 1024 &&
  key.split('/').every((segment) => /^[A-Za-z0-9_~+=@,-][A-Za-z0-9._~+=@,-]{0,254}$/.test(segment))

/** Whether an address can be a target's `match`: http(s), ends in `/`, and holds nothing that is decoded later. */
export function isPlainPrefix(match: string): boolean {
  if (!URL.canParse(match)) return false
  const url = new URL(match)
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.href === match &&
    match.endsWith('/') &&
    !/[?#@]|%2[ef]/i.test(match)
  )
}

/** Whether a host (without brackets) is this machine by its very name. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/** Where a target's `to` leads, if that is another machine: `scheme://user@host:port/path/`. */
export interface Destination {
  /** In lower case. */
  readonly scheme: string
  readonly user: string | null
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number | null
  /** Begins and ends with `/`; plain segments, nothing that is decoded later. */
  readonly path: string
}

const DESTINATION =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([A-Za-z0-9._-]+)@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?((?:\/[A-Za-z0-9_~+=@,.-]+)*\/)$/i

/** Reads `to`; null if it is not of that form: a password in it, a query, `..`, or anything escaped. */
export function parseDestination(to: string): Destination | null {
  const [, scheme, user, host, port, path] = DESTINATION.exec(to) ?? []
  if (!scheme || !host || !path || path.split('/').some((one) => one === '.' || one === '..')) return null
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return null
  return {
    scheme: scheme.toLowerCase(),
    user: user ?? null,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? null : Number(port),
    path,
  }
}
