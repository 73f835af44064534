import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { fault } from '../errors.ts'

/** Hosts that may be reached although their address is private; `any`: no address is refused. */
export type PrivateHosts = readonly string[] | 'any'

/** Everything that is no public unicast address, by IANA's special-purpose registries (RFC 6890). */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4')
}
for (const [net, prefix] of [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv6')
}

/** Whether an IP address is loopback, link-local, private, or otherwise not of the public network. */
export const isPrivate = (address: string): boolean =>
  PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const isAllowed = (host: string, allowed: PrivateHosts): boolean =>
  allowed === 'any' || allowed.some((name) => name.toLowerCase() === host)

/** Refuses an address that names a private IP address outright: no lookup is made for those. */
export function refusePrivate(url: URL, allowed: PrivateHosts): void {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && isPrivate(host) && !isAllowed(host, allowed)) {
    throw fault('web-private-address', { url: url.origin, host })
  }
}

/**
 * The system's lookup, refusing names that lead to a private address. It sits where the connection is made:
 * a name that resolves to something else a moment later (DNS rebinding) gains nothing.
 */
export const publicLookup =
  (allowed: PrivateHosts): LookupFunction =>
  (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const found = error ? [] : addresses
      const refused = isAllowed(host, allowed) ? undefined : found.find(({ address }) => isPrivate(address))
      const [first] = found
      if (error) callback(error, [])
      else if (refused) {
        callback(fault('web-private-address', { url: host, host: refused.address }), [])
      } else if (options.all || !first) callback(null, found)
      else callback(null, first.address, first.family)
    })
  }
