import type { Octokit } from '@octokit/rest'
import { fault } from '../errors.ts'
import type { Github, Place } from './client.ts'
import { isRefusal } from './explain.ts'

/**
 * Makes the lightweight tag `name` (without `refs/tags/`) at commit `sha`, which GitHub must have. A tag is never moved. Throws
 * `github-tag-elsewhere`, and as `Github.ask`.
 */
export const pushTag = (github: Github, name: string, sha: string): Promise<'made' | 'there'> =>
  github.ask({ doing: `make the tag ${name}`, needs: 'contents: write' }, async (octokit, at) => {
    const ref = `refs/tags/${name}`
    try {
      await octokit.rest.git.createRef({ ...at, ref, sha })
      return 'made'
    } catch (error) {
      // 422 is all sorts of things: that it exists is one of them.
      const there = isRefusal(error) && error.status === 422 ? await find(octokit, at, ref) : null
      if (there === null) throw error
      if (there !== sha) throw fault('github-tag-elsewhere', { name, at: there, sha })
      return 'there'
    }
  })

/** The object that `ref` names; null if there is no such reference. */
async function find({ rest }: Octokit, at: Place, ref: string): Promise<string | null> {
  const { data } = await rest.git.listMatchingRefs({ ...at, ref: ref.replace(/^refs\//, '') })
  return data.find((one) => one.ref === ref)?.object.sha ?? null
}
