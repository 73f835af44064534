import { complaintsAboutImage, complaintsAboutList } from '../../list/profiles.ts'
import type { JsonObject, Profile, PublishedList } from '../../model.ts'

const EXPIRY = 'dc:date:expires'

export interface Followed {
  readonly images: readonly JsonObject[]
  /** To be named by the list, so that its images expire with it; empty if they do not. */
  readonly profiles: readonly Profile[]
}

/**
 * Lets images follow their list's `dc:date:expires` where they did so when they were published for subscribers
 * that need it: written down, it would stay behind at the next publishing, and their sites would drop the image.
 */
export function followExpiry({ keys, images }: PublishedList): Followed {
  const together = images.length > 0 && images.every((image) => image[EXPIRY] === keys[EXPIRY])
  const profiles = together ? servedProfiles({ keys, images }) : []
  if (profiles.length === 0) return { images, profiles }
  return { images: images.map(withoutExpiry), profiles }
}

const withoutExpiry = (image: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(image).filter(([key]) => key !== EXPIRY))

/** Which of the subscribers that need an image to expire are served by the list as it is. */
function servedProfiles({ keys, images }: PublishedList): readonly Profile[] {
  const complaints = [keys]
    .flatMap((list) => complaintsAboutList(list, new Set()))
    .concat(images.flatMap((image) => complaintsAboutImage(image, new Set())))
  const refused = new Set(complaints.map(({ profile }) => profile))
  return (['atrope', 'cloudkeeper'] as const).filter((profile) => !refused.has(profile))
}
