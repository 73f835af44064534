import { fault, systemCode, VmcastError } from '../../errors.ts'

/** A system's error as one of the catalogue; anything else as it is. */
export function explain(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (error instanceof VmcastError || code === undefined) return error
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return fault('target-full', { path }, error)
    case 'EROFS':
      return fault('target-read-only', { path }, error)
    case 'EACCES':
      return fault('target-denied', { path }, error)
    case 'ELOOP':
      return fault('target-link', { path }, error)
    case 'ENOTDIR':
    case 'EISDIR':
      return fault('target-not-file', { path }, error)
    default:
      return fault('target-failed', { path, reason: code }, error)
  }
}
