import { createHash, createHmac } from 'node:crypto'

interface Line {
  readonly marker: string | undefined
  readonly hosts: string
  /** `ssh-ed25519 SHA256:…`. */
  readonly key: string
}

/**
 * The keys that a `known_hosts` file accepts for a server, as `ssh-ed25519 SHA256:…` (sshd(8), "SSH_KNOWN_HOSTS
 * FILE FORMAT"): plain and hashed names, `[host]:port` for every port but 22, wildcards, negation. A key that an
 * `@revoked` line names is accepted nowhere, whatever hosts that line is for. Certificate authorities, and lines
 * that cannot be read, accept nothing.
 */
export function acceptedKeys(text: string, host: string, port: number): readonly string[] {
  const lines = text.split(/\r?\n/).flatMap(readLine)
  const revoked = new Set(lines.filter(({ marker }) => marker === '@revoked').map(({ key }) => key))
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
  const keys = lines
    .filter(({ marker, hosts, key }) => marker === undefined && !revoked.has(key) && isFor(hosts, name))
    .map(({ key }) => key)
  return [...new Set(keys)]
}

/** As `ssh-keygen -l` prints it, of a public key's binary form (RFC 4253, section 6.6). */
export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type that a public key's binary form begins with; empty if it is none. */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key)
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE()
  return length > 64 ? '' : bytes.subarray(4, 4 + length).toString('latin1')
}

function readLine(line: string): Line[] {
  const match = /^\s*(?:(@\S+)\s+)?([^\s#@]\S*)\s+(\S+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line)
  const [, marker, hosts, type, base64] = match ?? []
  if (!hosts || !type || !base64) return []
  const blob = Buffer.from(base64, 'base64')
  return keyType(blob) === type ? [{ marker, hosts, key: `${type} ${fingerprint(blob)}` }] : []
}

function isFor(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, name)
  const patterns = hosts.toLowerCase().split(',')
  const fits = (pattern: string) => matches(pattern, name)
  const refused = patterns.some((one) => one.startsWith('!') && fits(one.slice(1)))
  return !refused && patterns.some(fits)
}

function isHashOf(hashed: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(hashed) ?? []
  if (!salt || !hash) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

/** `*` stands for any text, `?` for one character. In time that no pattern makes long: each piece is found once. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return first.length === name.length && fitsAt(first, name, 0)
  if (!fitsAt(first, name, 0)) return false
  let at = first.length
  for (const piece of others) {
    while (at <= name.length && !fitsAt(piece, name, at)) at++
    at += piece.length
  }
  const end = name.length - last.length
  return at <= end && fitsAt(last, name, end)
}

const fitsAt = (piece: string, name: string, at: number): boolean =>
  at + piece.length <= name.length &&
  Array.from(piece).every((one, index) => one === '?' || one === name[at + index])
