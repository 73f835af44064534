import { systemCode } from '../errors.ts'

const REASONS = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'there is no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENAMETOOLONG', 'its name is too long'],
])

/** Why a file could not be read, for a message. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error)
  return (
    REASONS.get(code ?? '') ??
    code ??
    (error instanceof Error ? error.message.replace(/\.$/, '') : 'no reason given')
  )
}
