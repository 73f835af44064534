import { fault, systemCode, type VmcastError } from '../../errors.ts'
import { unreachable } from '../unreachable.ts'
import type { Login, Server } from './server.ts'

/** The status that a server answered with; anything else that ssh2 reports is the end of the connection. */
export const isStatus = (error: unknown): error is Error & { code: number } =>
  error instanceof Error && 'code' in error && typeof error.code === 'number'

export const interrupted = ({ place }: Server, reason: string): VmcastError =>
  fault('target-interrupted', { place, reason: reason.replace(/\.$/, '') })

const REASONS = new Map([
  ['ECONNRESET', 'it was reset'],
  ['ETIMEDOUT', 'it does not answer'],
])

/** Why a connection ended, or never came about, of what ssh2 says. */
export function explainEnd(error: Error & { level?: string }, server: Server, { shown }: Login): VmcastError {
  const { place, user, hostKeys: accepted } = server
  const { message, level } = error
  if (/no matching host key|Host denied/.test(message)) {
    return fault('ssh-host-changed', { place, shown: [], accepted, entry: '' })
  }
  if (/no matching/.test(message)) return fault('ssh-no-common', { place, reason: message })
  if (level === 'client-authentication' || /authentication fail/i.test(message)) {
    return fault('ssh-denied', { place, user, tried: shown })
  }
  const code = systemCode(error) ?? ''
  return unreachable(place, code) ?? interrupted(server, REASONS.get(code) ?? message)
}
