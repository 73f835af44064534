import { posix } from 'node:path'
import { fault } from '../../errors.ts'
import { isStatus } from './end.ts'
import { ifThere, STATUS, type Session } from './session.ts'

/** Less than this left, in bytes, is no space: a file system keeps some for itself. */
const NOTHING = 1024 * 1024

/** ST_RDONLY of statvfs(3). */
const READ_ONLY = 1

/**
 * A server's status as one of the catalogue; anything else as it is. "Failure" means any of fifty things: the
 * disk and what lies there are asked which. `shown`: what a message calls `path`.
 */
export async function explain(
  session: Session,
  path: string,
  shown: string,
  error: unknown,
): Promise<unknown> {
  if (!isStatus(error)) return error
  const reason = error.message.replace(/\.$/, '')
  try {
    if (error.code === STATUS.denied) return fault('target-denied', { path: shown }, error)
    const volume = await ifThere(session.volume(posix.dirname(path)))
    if (volume && volume.f_flag & READ_ONLY) return fault('target-read-only', { path: shown }, error)
    if (volume && volume.f_bavail * volume.f_frsize < NOTHING)
      return fault('target-full', { path: shown }, error)
    const there = await ifThere(session.lstat(path))
    if (there && !there.isFile()) return fault('target-not-file', { path: shown }, error)
  } catch {
    // The question failed as well: what is known is the status.
  }
  return fault('sftp-failed', { path: shown, reason }, error)
}
