import { resolve } from 'node:path'
import { parseSpan } from '../dates.ts'
import type { Config, Desired, DesiredImage, DesiredList, ImageFile, JsonObject, Profile } from '../model.ts'
import { itemsAt, signersAt, targetsOf, textAt, textsAt, type Entry, type Repository } from './repository.ts'
import { DEFAULT_LIFETIME } from './rules/wording.ts'
import { crlOf } from './trust.ts'

/** A list that does not say when to renew is renewed once this part of its lifetime is left. */
const RENEWED_PART = 1 / 4

/** What a repository without errors asks for; `root` is absolute. */
export const desire = (root: string, repository: Repository, dirty: readonly string[]): Desired => ({
  root,
  config: configOf(root, repository),
  lists: repository.lists.map(listOf),
  images: new Map(repository.images.map((image) => [image.name, imageOf(image, repository)])),
  dirty,
})

function configOf(root: string, repository: Repository): Config {
  const { config } = repository
  const pathAt = (...path: string[]) => {
    const said = textAt(config, ...path)
    return said === null ? null : resolve(root, said)
  }
  return {
    targets: targetsOf(repository),
    signing: { certificate: pathAt('signing', 'certificate'), key: pathAt('signing', 'key') },
    trust: {
      ca: pathAt('trust', 'ca'),
      crl: crlOf(config),
      endorsers: signersAt(config, 'trust', 'endorsers'),
    },
    allowPrivateHosts: textsAt(config, 'allowPrivateHosts'),
  }
}

function listOf(list: Entry): DesiredList {
  const lifetime = spanAt(list, 'lifetime') ?? parseSpan(DEFAULT_LIFETIME) ?? 0
  const revoked = itemsAt(list, 'revoked').map(({ path }) => {
    const why = { reason: needed(list, ...path, 'reason'), advisory: textAt(list, ...path, 'advisory') }
    return [needed(list, ...path, 'dc:identifier'), why] as const
  })
  return {
    ...named(list),
    images: textsAt(list, 'images'),
    lifetime,
    renew: spanAt(list, 'renew') ?? lifetime * RENEWED_PART,
    profiles: [
      ...new Set<Profile>(['hepix', ...PROFILES.filter((one) => textsAt(list, 'profiles').includes(one))]),
    ],
    countersigners: signersAt(list, 'countersigners'),
    revoked: new Map(revoked),
  }
}

const PROFILES = ['vmcatcher', 'atrope', 'cloudkeeper'] as const

const spanAt = (list: Entry, key: string): number | null => parseSpan(textAt(list, key) ?? '')

function imageOf(image: Entry, { paths }: Repository): DesiredImage {
  return { ...named(image), file: fileOf(image, paths.get(image.name)?.path) }
}

function fileOf(image: Entry, path: string | undefined): ImageFile | null {
  const sha512 = textAt(image, 'file', 'sha512')
  if (path !== undefined) return { kind: 'path', path, sha512 }
  const url = textAt(image, 'file', 'url')
  return url === null ? null : { kind: 'url', url, sha512: needed(image, 'file', 'sha512') }
}

/** What lists and images have in common. */
const named = (entry: Entry) => ({
  name: entry.name,
  identifier: needed(entry, 'dc:identifier'),
  uri: needed(entry, 'hv:uri'),
  keys: publishedKeys(entry.value ?? {}),
})

/** Keys with a namespace are published, keys without one instruct vmcast (design, principle 7). */
const publishedKeys = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key.includes(':')))

/** Text that the schema has required. */
function needed(entry: Entry, ...path: (string | number)[]): string {
  const text = textAt(entry, ...path)
  if (text === null) throw new Error(`${entry.file} has no ${path.join('/')}, and was taken for faultless`)
  return text
}
