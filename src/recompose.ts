import { parseTime } from './dates.ts'
import { fault } from './errors.ts'
import { textOf } from './json.ts'
import { compose, serialize } from './list/compose.ts'
import { parse } from './list/parse.ts'
import type { Desired, DueList, FileFacts, JsonObject, PublishedList, Rendered, World } from './model.ts'
import { claimedFacts } from './observe/digest.ts'
import { keyChanges } from './plan/compare.ts'
import { diff } from './plan/diff.ts'
import { byIdentifier, identifierOf, sight } from './plan/sighting.ts'

/** What a list says of its images' files, by `dc:identifier`. */
export const claimsIn = ({ images }: PublishedList): ReadonlyMap<string, FileFacts> =>
  new Map(
    images.map((keys) => {
      const { bytes, source } = sight(keys)
      return [identifierOf(keys), { source, size: bytes?.size ?? null, served: bytes }]
    }),
  )

/**
 * The plan behind a text that somebody rendered, made anew from this checkout for the time that the text names:
 * composed again, it must be the same text. Of files, what the text says is taken for granted where their pins
 * agree. Throws `release-differs`, `receipt-refused`.
 */
export function recompose(
  { name, content }: Pick<Rendered, 'name' | 'content'>,
  desired: Desired,
  world: Omit<World, 'files' | 'now'>,
): DueList {
  const given = parse(content)
  const created = parseTime(textOf(given.keys, 'dc:date:created'))
  const list = desired.lists.find((one) => one.name === name)
  const differs = (differences: readonly string[]) => fault('release-differs', { name, differences })
  if (!list) throw differs(['there is no such list here'])
  if (!created) throw differs(['it does not say when it was made'])
  const files = claimedFiles(desired, given)
  const [plan] = diff(desired, { ...world, files, now: created }, [list]).lists
  if (!plan || plan.action === 'failed') throw differs([plan?.failure.message ?? 'it is not planned'])
  if (plan.action === 'keep') throw differs(['nothing of it is to be published'])
  const own = serialize(compose(list, desired.images, plan, created))
  if (own !== content) throw differs(differences(parse(own), given))
  return { ...plan, action: plan.action }
}

function claimedFiles({ images }: Desired, given: PublishedList): Map<string, FileFacts> {
  const claims = claimsIn(given)
  return new Map(
    [...images.values()].flatMap((image) => {
      const claim = claims.get(image.identifier)
      return claim && image.file ? [[image.name, claimedFacts(image, image.file, claim)]] : []
    }),
  )
}

/** Where two lists differ, a line each; one line at least. */
function differences(own: PublishedList, given: PublishedList): string[] {
  const [here, there] = [byIdentifier(own), byIdentifier(given)]
  const changes = [
    ...lines('', own.keys, given.keys),
    ...[...new Set([...here.keys(), ...there.keys()])].flatMap((identifier) =>
      lines(`${identifier} `, here.get(identifier) ?? {}, there.get(identifier) ?? {}),
    ),
  ]
  return changes.length > 0 ? changes.slice(0, MOST) : ['it is written in another way']
}

/** More lines than anybody reads. */
const MOST = 20

const lines = (what: string, own: JsonObject, given: JsonObject): string[] =>
  keyChanges(own, given).map(
    ({ key, from, to }) => `${what}${key} is ${JSON.stringify(to)}, and here ${JSON.stringify(from)}`,
  )
