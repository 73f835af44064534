import type { ServerHostKeyAlgorithm } from 'ssh2'
import { fault, type VmcastError } from '../../errors.ts'
import { fingerprint, keyType } from './known-hosts.ts'
import type { Server } from './server.ts'

/**
 * The algorithms to ask for, kind by kind: a server shows the one key that fits what is asked. Where only a
 * fingerprint is known and not its type, one kind after the other is asked for. No SHA-1 (`ssh-rsa`), no DSA.
 */
const KINDS: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
]

export function kindsOf(hostKeys: readonly string[]): readonly (readonly ServerHostKeyAlgorithm[])[] {
  const types = hostKeys.map((one) => (one.startsWith('SHA256:') ? null : one.split(' ')[0]))
  const isAsked = (algorithm: string) =>
    types.some(
      (type) => type === null || type === algorithm || (type === 'ssh-rsa' && /^rsa-/.test(algorithm)),
    )
  const asked = KINDS.map((kind) => kind.filter(isAsked)).filter((kind) => kind.length > 0)
  return asked.length > 0 ? asked : KINDS
}

/** Whether the server may show this key: nothing is taken at first sight. */
export const isAccepted = (hostKeys: readonly string[], key: Buffer): boolean =>
  hostKeys.some((one) => one === fingerprint(key) || one === nameOf(key))

const nameOf = (key: Buffer): string => `${keyType(key)} ${fingerprint(key)}`

/** Why the keys that a server showed are not taken, and what to write where if they are right after all. */
export function refusal(server: Server, keys: readonly Buffer[]): VmcastError {
  const { place, host, port, hostKeys: accepted, knownHosts } = server
  const shown = keys.map(nameOf)
  const [key] = keys
  const name = port === 22 ? host : `[${host}]:${port}`
  const entry =
    knownHosts === null
      ? `\`hostKey: ${key ? fingerprint(key) : 'SHA256:…'}\` to the target in vmcast.yaml`
      : `\`${name} ${key ? `${keyType(key)} ${key.toString('base64')}` : '…'}\` to ${knownHosts}, unless a line there revokes that key`
  return accepted.length === 0
    ? fault('ssh-host-unknown', { place, shown, entry })
    : fault('ssh-host-changed', { place, shown, accepted, entry })
}
