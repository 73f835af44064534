import { parseTime } from './dates.ts'
import { fault } from './errors.ts'
import { textOf } from './json.ts'
import { compose, serialize } from './list/compose.ts'
import { parse } from './list/parse.ts'
import type {
  Desired,
  DesiredList,
  DueList,
  FileFacts,
  JsonObject,
  PublishedList,
  Rendered,
  World,
} from './model.ts'
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
 * composed again, it must be the same text. The files' sums in `world` are those that the text claims; their pins
 * were compared. Throws `release-differs`, and why the list cannot be published.
 */
export function recompose(
  { name, content }: Pick<Rendered, 'name' | 'content'>,
  list: DesiredList,
  desired: Desired,
  world: World,
): DueList {
  const given = parse(content)
  const created = parseTime(textOf(given.keys, 'dc:date:created'))
  const differs = (differences: readonly string[]) => fault('release-differs', { name, differences })
  if (!created) throw differs(['it does not say when it was made'])
  const [plan] = diff(desired, { ...world, now: created }, [list]).lists
  if (!plan || plan.action === 'failed') throw differs([plan?.failure.message ?? 'it is not planned'])
  if (plan.action === 'keep') throw differs(['nothing of it is to be published'])
  const own = serialize(compose(list, desired.images, plan, created))
  if (own !== content) throw differs(differences(parse(own), given))
  return { ...plan, action: plan.action }
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
