import { openGit } from './git.ts'

/** As the schema of a list has a version; a tag that names none is somebody's own. */
const TAG = /^published\/([^/]+)\/((?=.*[0-9])[A-Za-z0-9.,/_+~-]+)$/

/** A publication that somebody tagged: `published/<list>/<version>`. */
export interface PublishedTag {
  readonly list: string
  readonly version: string
}

/** What this repository's tags say was published. None outside git. Throws `git-failed`. */
export async function publishedTags(root: string): Promise<readonly PublishedTag[]> {
  const git = await openGit(root)
  const names = await git?.ask(['for-each-ref', '--format=%(refname:strip=2)', 'refs/tags/published/'])
  return (names ?? '').split('\n').flatMap((name) => {
    const [, list, version] = TAG.exec(name) ?? []
    return list && version ? [{ list, version }] : []
  })
}
