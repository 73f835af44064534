import { get, textOf } from '../json.ts'
import type { ImagePlan, JsonObject, ListedImage, PlannedList, PublishedList, SignerName } from '../model.ts'
import { isEqual, keyChanges, omit } from './compare.ts'
import { withoutSigner } from './endorser.ts'
import { planRemoval } from './image.ts'
import { byIdentifier, identifierOf, sight } from './sighting.ts'

/** A list as it was read, and who signed it, or would. */
export interface Edition {
  readonly list: PublishedList
  readonly signer: SignerName
}

/** Keys that a plan tells of in fields of its own. */
const END = 'dc:date:expires'
const OF_LIST = ['hv:version', 'dc:date:created', END]
const OF_IMAGE = ['hv:version', 'hv:uri', 'hv:size', 'sl:checksum:sha512']

/**
 * How one edition of a list differs from an earlier one (null: there is none), in the form of a plan:
 * everything in it is read from these two, and nothing is computed anew.
 */
export function difference(name: string, from: Edition | null, to: Edition): PlannedList {
  const was = from?.list.keys ?? {}
  const { keys } = to.list
  return {
    name,
    identifier: identifierOf(keys),
    title: textOf(keys, 'dc:title') ?? '',
    uri: textOf(keys, 'hv:uri') ?? '',
    action: from ? 'change' : 'add',
    version: { from: textOf(was, 'hv:version'), to: textOf(keys, 'hv:version') ?? '' },
    rolledBack: null,
    expires: { from: textOf(was, 'dc:date:expires'), to: textOf(keys, 'dc:date:expires') ?? '' },
    signer: { from: from?.signer ?? null, to: to.signer },
    countersigners: [],
    keys: keyChanges(otherKeys(was), otherKeys(keys)),
    images: imageDifferences(from?.list ?? { keys: {}, images: [] }, to.list),
    guards: [],
    warnings: [],
    tag: null,
  }
}

const otherKeys = (keys: JsonObject): JsonObject => ({
  ...omit(keys, OF_LIST),
  'hv:endorser': withoutSigner(get(keys, 'hv:endorser')),
})

function imageDifferences(from: PublishedList, to: PublishedList): ImagePlan[] {
  const before = byIdentifier(from)
  const staying = new Set(to.images.map(identifierOf))
  return [
    ...to.images.map((keys) => {
      const was = before.get(identifierOf(keys))
      return listed(was ? withOwnEnd(was, from) : null, withOwnEnd(keys, to))
    }),
    ...from.images
      .filter((keys) => !staying.has(identifierOf(keys)))
      .map((keys) => planRemoval(keys, new Map())),
  ]
}

/** An image's end that is its list's is told of there. */
const withOwnEnd = (keys: JsonObject, list: PublishedList): JsonObject =>
  isEqual(get(keys, END), get(list.keys, END)) ? omit(keys, [END]) : keys

function listed(from: JsonObject | null, to: JsonObject): ListedImage {
  const was = from && sight(from)
  const is = sight(to)
  const changes = keyChanges(from ?? {}, to)
  return {
    action: !was ? 'add' : changes.length > 0 ? 'change' : 'keep',
    name: identifierOf(to),
    identifier: identifierOf(to),
    title: textOf(to, 'dc:title') ?? '',
    version: { from: was?.version ?? null, to: is.version ?? '' },
    keys: changes.filter(({ key }) => !OF_IMAGE.includes(key)),
    bytes: { from: was?.bytes ?? null, to: is.bytes },
    source: is.source,
    uri: { from: was?.uri ?? null, to: is.uri },
    upload: null,
  }
}
