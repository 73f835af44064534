import { DAY, parseTime } from '../../dates.ts'
import { textOf } from '../../json.ts'
import { parse } from '../../list/parse.ts'
import type { JsonObject, Profile } from '../../model.ts'
import { readYaml } from '../yaml.ts'
import { yamlText, type Entry } from '../yaml-text.ts'
import { doubts } from './doubts.ts'
import { followExpiry } from './expiry.ts'
import { hasNamespace, losses } from './losses.ts'
import { nameGiver, slug } from '../names.ts'

/** `dc:identifier` by file name (without `.yaml`), of what a content repository already has; null where it has none. */
export interface Inventory {
  readonly lists: ReadonlyMap<string, string | null>
  readonly images: ReadonlyMap<string, string | null>
}

export interface ImportedFile {
  /** Relative to the content repository. */
  readonly path: string
  readonly text: string
}

export interface Imported {
  /** The list's file, then its images'. */
  readonly files: readonly ImportedFile[]
  /** What could not be kept, and what will not pass `vmcast validate`; a sentence each. */
  readonly warnings: readonly string[]
}

/** The order in which people look for things; every other key follows in the list's own order. */
const ORDER = [
  'dc:identifier',
  'dc:title',
  'dc:description',
  'dc:source',
  'hv:version',
  'hv:hypervisor',
  'hv:format',
  'sl:arch',
  'sl:os',
  'sl:osname',
  'sl:osversion',
  'sl:comments',
  'hv:uri',
  'hv:size',
  'sl:checksum:sha512',
]

const COMMENTS = new Map([
  ['hv:version', 'The version it had: the next one is computed, and is higher.'],
  [
    'hv:endorser',
    'hv:dn and hv:ca must be those of the certificate that signs; left out, they are taken from it.',
  ],
])

const PROFILES_COMMENT = 'For these subscribers, each image gets the dc:date:expires of the list, as it had.'

const IMAGE_FOOTER = `This image is hosted elsewhere: vmcast lists it as it is, and uploads nothing. To publish its file with
vmcast, let hv:uri end with the / of its folder, remove hv:size and sl:checksum:sha512, and say:
file:
  path: ../build/image.qcow2`

/**
 * The YAML files of a list, from its JSON text. `origin` says where it comes from and who signed it, and
 * stands on top of the list's file. A list or image that the repository has keeps its file's name; every
 * other one gets a new name, from its title. Throws `list-malformed`.
 */
export function importList(content: string, origin: string, repository: Inventory): Imported {
  const { keys, images: published } = parse(content)
  const { images, profiles } = followExpiry({ keys, images: published })
  const imageNames = chooseNames(images, repository.images, 'image')
  const [listName = ''] = chooseNames([keys], repository.lists, 'imagelist')
  const files = [
    { path: `imagelists/${listName}.yaml`, text: listText(keys, imageNames, profiles, origin) },
    ...images.map((image, index) => ({
      path: `images/${imageNames[index] ?? ''}.yaml`,
      text: yamlText('', entries(image), IMAGE_FOOTER),
    })),
  ]
  return { files, warnings: [...losses(content), ...doubts({ keys, images }), ...files.flatMap(unreadable)] }
}

/** A name each: the one that its identifier has in the repository, or a new one. */
function chooseNames(
  items: readonly JsonObject[],
  present: ReadonlyMap<string, string | null>,
  fallback: string,
): readonly string[] {
  const known = new Map(Array.from(present, ([name, identifier]) => [identifier, name]))
  const newName = nameGiver(present.keys())
  return items.map((keys) => {
    const identifier = textOf(keys, 'dc:identifier') ?? ''
    const name = known.get(identifier)
    // Each file is written once, even if a list names an identifier twice.
    known.delete(identifier)
    return name ?? newName(slug(textOf(keys, 'dc:title') ?? '', fallback))
  })
}

/** What validate would refuse about a file's values, which only a reader of YAML can say. */
const unreadable = ({ path, text }: ImportedFile): readonly string[] =>
  readYaml(text).problems.map(({ message }) => `${path}: ${message}`)

function listText(
  keys: JsonObject,
  images: readonly string[],
  profiles: readonly Profile[],
  origin: string,
): string {
  const { 'dc:date:created': created = null, 'dc:date:expires': expires = null, ...kept } = keys
  const dates = `It was published with dc:date:created ${JSON.stringify(created)} and dc:date:expires ${JSON.stringify(expires)};
both are computed anew whenever it is published.`
  const days = lifetimeDays(keys)
  return yamlText(
    `${origin}\n${dates}`,
    [
      ...entries(kept),
      { key: 'images', value: images, comment: '' },
      ...(days === null ? [] : [{ key: 'lifetime', value: `${days}d`, comment: '' }]),
      ...(profiles.length === 0 ? [] : [{ key: 'profiles', value: profiles, comment: PROFILES_COMMENT }]),
    ],
    '',
  )
}

/** The keys that a YAML file can hold, in the order of `ORDER`. */
const entries = (keys: JsonObject): readonly Entry[] =>
  Object.entries(keys)
    .filter(([key]) => hasNamespace(key))
    .map(([key, value]) => ({ key, value, comment: COMMENTS.get(key) ?? '' }))
    .sort((a, b) => rank(a.key) - rank(b.key))

const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length)

/** How long the list was made to last, if that is whole days; null if not, or not known. */
function lifetimeDays(keys: JsonObject): number | null {
  const created = parseTime(textOf(keys, 'dc:date:created'))
  const expires = parseTime(textOf(keys, 'dc:date:expires'))
  const days = created && expires ? (expires.getTime() - created.getTime()) / DAY : 0
  return days > 0 && days <= 99_999 && Number.isInteger(days) ? days : null
}
