import type { Octokit } from '@octokit/rest'
import type { Github, Place } from './client.ts'
import { isOurs, sameText } from './mark.ts'

/**
 * Keeps one comment under `marker` on the pull request `number`: makes it, or updates it in place. `body` begins with the marker's line
 * (`markLine`), and is shorter than GitHub's limit of 65,536 characters. Throws as `Github.ask`.
 */
export const keepComment = (
  github: Github,
  number: number,
  marker: string,
  body: string,
): Promise<'made' | 'updated' | 'kept'> =>
  github.ask(
    { doing: `comment on pull request #${number}`, needs: 'pull-requests: write' },
    async (octokit, at) => {
      const { issues } = octokit.rest
      const ours = await find(octokit, at, number, marker)
      if (!ours) {
        await issues.createComment({ ...at, issue_number: number, body })
        return 'made'
      }
      if (sameText(ours.body, body)) return 'kept'
      await issues.updateComment({ ...at, comment_id: ours.id, body })
      return 'updated'
    },
  )

/** The text of that comment; null if there is none. Throws as `Github.ask`. */
export const findComment = (github: Github, number: number, marker: string): Promise<string | null> =>
  github.ask(
    { doing: `read the comments on pull request #${number}`, needs: 'pull-requests: read' },
    async (octokit, at) => (await find(octokit, at, number, marker))?.body ?? null,
  )

async function find({ paginate, rest }: Octokit, at: Place, number: number, marker: string) {
  const comments = await paginate(rest.issues.listComments, { ...at, issue_number: number, per_page: 100 })
  return comments.find((comment) => isOurs(comment, marker))
}
