import { fault } from '../../errors.ts'
import type { Digest } from '../../model.ts'
import { claim, removeFile, sumUp, withFile } from './files.ts'
import type { Session } from './session.ts'
import type { ServerSums } from './sums.ts'

/** A final name, and what messages call it. */
interface Name {
  readonly path: string
  readonly shown: string
}

/**
 * Gives a staged file its final name, unless that is taken: then what is there must be the same bytes. Throws
 * `target-occupied`.
 */
export async function publish(
  session: Session,
  sums: ServerSums,
  staged: string,
  { path, shown }: Name,
  { sha512, size }: Digest,
): Promise<void> {
  if (await claim(session, staged, path)) return
  const isSame = await withFile(session, path, shown, async (handle, there) => {
    if (there !== size) return false
    const sum = (await sums.of(session, path, size)) ?? (await sumUp(session, handle, size, 'sha512'))
    return sum === sha512
  })
  if (!isSame) throw fault('target-occupied', { path: shown })
  await removeFile(session, staged)
}
