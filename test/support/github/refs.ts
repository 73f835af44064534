import { gitIn } from '../git.ts'
import { NOT_FOUND, refused, type Answer } from './answer.ts'
import type { Asked } from './routes.ts'

/** References of a real bare repository. */

const NOWHERE = '0'.repeat(40)

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )

/** Those whose names begin so. */
export async function matchingRefs({ state, word }: Asked): Promise<Answer> {
  if (state.git === null) return NOT_FOUND
  const lines = await gitIn(state.git)('for-each-ref', '--format=%(refname) %(objecttype) %(objectname)')
  const refs = lines.split('\n').map((line) => line.split(' '))
  const matching = refs.filter(([ref = '']) => ref.startsWith(`refs/${word}`))
  return { status: 200, data: matching.map(([ref, type, sha]) => ({ ref, object: { type, sha } })) }
}

export async function createRef({ state, body }: Asked): Promise<Answer> {
  const { ref, sha } = body
  if (state.git === null) return NOT_FOUND
  const git = gitIn(state.git)
  if (
    typeof ref !== 'string' ||
    !/^refs\/[^/]+\/./.test(ref) ||
    !(await succeeds(git('check-ref-format', ref)))
  )
    return refused(422, `${String(ref)} is not a valid ref name.`)
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha))
    return refused(422, 'The sha parameter must be exactly 40 characters and contain only [0-9a-f].')
  if (!(await succeeds(git('cat-file', '-e', sha)))) return refused(422, 'Object does not exist')
  if (await succeeds(git('show-ref', '--verify', '--quiet', ref)))
    return refused(422, 'Reference already exists')
  // With the old value, git refuses to move what another request has made meanwhile.
  if (!(await succeeds(git('update-ref', ref, sha, NOWHERE)))) return refused(422, 'Reference update failed')
  const type = await git('cat-file', '-t', sha)
  return { status: 201, data: { ref, object: { type, sha } } }
}
