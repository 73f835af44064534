import { tagName } from '../desired/tags.ts'
import type { Report } from '../model.ts'
import { VmcastError } from '../errors.ts'
import { githubOf, type Job } from './job.ts'
import { warningNote, type Note } from './result.ts'

/** Tags each publication at GitHub, as it is tagged here: what a tag names cannot be published over unseen. */
export async function pushTags(job: Job, { lists }: Report): Promise<readonly Note[]> {
  const notes: Note[] = []
  for (const list of lists) {
    if (list.state !== 'published' || list.commit === null) continue
    const { name, version, commit } = list
    const tag = tagName({ list: name, version: version.to })
    try {
      const { pushTag } = await import('../github/tags.ts')
      await pushTag(await githubOf(job), tag, commit)
    } catch (error) {
      if (!(error instanceof VmcastError)) throw error
      // It is published: a run that fails now would tell otherwise.
      const byHand = `git push origin ${commit}:refs/tags/${tag}`
      notes.push(
        warningNote(`${name} is published, but not tagged at GitHub: ${error.message}\nTag it: ${byHand}`),
      )
    }
  }
  return notes
}
