import { complaintsAboutImage, complaintsAboutList, type Complaint } from '../../list/profiles.ts'
import type { JsonObject } from '../../model.ts'
import {
  error,
  hasFile,
  textAt,
  textsAt,
  warning,
  type Entry,
  type Finding,
  type Repository,
} from '../repository.ts'

/** Keys that a list or an image gets when it is published. */
const COMPUTED = new Set(['dc:date:created', 'dc:date:expires', 'hv:version', 'hv:images'])

/** The file name that vmcast makes below an image's prefix has at least so many characters. */
const FILE_NAME = '00000000-0000-0000-0000-000000000000_0000000000000000.'

/** What a list promises its subscribers is an error; what others would refuse is a warning. */
export function profilesAreServed({ lists, images }: Repository): readonly Finding[] {
  const promised = new Map<string, Set<string>>()
  for (const list of lists)
    for (const name of textsAt(list, 'images'))
      promised.set(name, new Set([...(promised.get(name) ?? []), ...textsAt(list, 'profiles')]))
  return [
    ...lists.flatMap((list) =>
      list.value
        ? complaintsAboutList(list.value, COMPUTED).map(report(list, new Set(textsAt(list, 'profiles'))))
        : [],
    ),
    ...images.flatMap((image) =>
      image.value
        ? complaintsAboutImage(asPublished(image, image.value), COMPUTED).map(
            report(image, promised.get(image.name) ?? new Set()),
          )
        : [],
    ),
  ]
}

const report =
  (entry: Entry, promised: ReadonlySet<string>) =>
  ({ profile, key, certain, message, remedy }: Complaint): Finding => {
    const broken = certain && (profile === 'hepix' || promised.has(profile))
    const said = { rule: `profile-${profile}`, message, remedy }
    return (broken ? error : warning)(entry, key === null ? [] : [key], said)
  }

function asPublished(image: Entry, value: JsonObject): JsonObject {
  const uri = textAt(image, 'hv:uri')
  const format = textAt(image, 'hv:format') ?? 'img'
  const keys = Object.fromEntries(Object.entries(value).filter(([key]) => key.includes(':')))
  return hasFile(image) && uri !== null ? { ...keys, 'hv:uri': `${uri}${FILE_NAME}${format}` } : keys
}
