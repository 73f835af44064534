import type { Report } from '../model.ts'
import { VmcastError } from '../errors.ts'
import { githubOf, type Job } from './job.ts'
import { warningNote, type Note } from './result.ts'

/** Tags each publication at GitHub, as it is tagged here: what a tag names cannot be published over unseen. */
export async function pushTags(job: Job, { lists }: Report): Promise<readonly Note[]> {
  const published = lists.filter((list) => list.state === 'published')
  if (published.length === 0) return []
  const { pushTag } = await import('../github/tags.ts')
  const github = await githubOf(job)
  const notes: Note[] = []
  for (const { name, version, commit } of published) {
    if (commit === null) continue
    try {
      await pushTag(github, `published/${name}/${version.to}`, commit)
    } catch (error) {
      if (!(error instanceof VmcastError)) throw error
      // It is published: a run that fails now would tell otherwise.
      notes.push(warningNote(`${name} is published, but not tagged: ${error.message}\n${error.remedy}`))
    }
  }
  return notes
}
