import { publish } from './apply/publish.ts'
import { tagPublication } from './desired/tags.ts'
import type { DueList, PublishedOutcome } from './model.ts'
import type { Survey } from './survey.ts'

/**
 * The last step of one list, signed and verified: swaps it in, reads it back, and tags it in git. Throws as
 * `publish` does; what keeps it from being tagged is a warning.
 */
export async function publishList(
  plan: DueList,
  message: Uint8Array,
  { desired, pool, anchors, commit }: Survey,
  now: () => Date,
): Promise<PublishedOutcome> {
  const { name, uri, version, expires, action, tag: expect } = plan
  const removed = plan.images.filter((image) => image.action === 'remove')
  const checkedOut = await commit()
  const release = { name, uri, message, expect, commit: checkedOut, removed }
  const { sha256, warnings } = await publish(release, { pool, anchors, now })
  const tagged = await tagPublication(desired.root, checkedOut, { list: name, version: version.to })
  return {
    ...{ name, state: 'published', action, uri, version, expires: expires.to, sha256 },
    commit: tagged.commit,
    warnings: [...plan.warnings, ...warnings, ...tagged.warnings],
  }
}
