import { fault } from '../errors.ts'
import type { Github } from './client.ts'
import { isRefusal } from './explain.ts'

/**
 * Makes the lightweight tag `name` (without `refs/tags/`) at commit `sha`, which GitHub must have. A tag is never moved. Throws
 * `github-tag-elsewhere`, and as `Github.ask`.
 */
export const pushTag = (github: Github, name: string, sha: string): Promise<'made' | 'there'> =>
  github.ask({ doing: `make the tag ${name}`, needs: 'contents: write' }, async ({ rest }, at) => {
    try {
      await rest.git.createRef({ ...at, ref: `refs/tags/${name}`, sha })
      return 'made'
    } catch (error) {
      if (!isRefusal(error) || !/reference already exists/i.test(error.message)) throw error
    }
    const { data } = await rest.git.getRef({ ...at, ref: `tags/${name}` })
    if (data.object.sha !== sha) throw fault('github-tag-elsewhere', { name, at: data.object.sha, sha })
    return 'there'
  })
