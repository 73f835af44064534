import { textOf } from '../json.ts'
import { failed, type Check } from '../list/check.ts'
import type { Judging, ReadFile } from '../list/history/entry.ts'
import { historyOf } from '../list/history/names.ts'
import type { Config, DesiredList, KnownVersion, Observation } from '../model.ts'
import { rollbackText } from '../plan/rollback.ts'
import type { TargetPool } from '../targets/pool.ts'
import { fetchList } from '../web.ts'
import { highestKnown, openHistory } from './history.ts'
import { fetchPublished, judge } from './published.ts'

/** How to look at a list. */
export interface ListView extends Judging {
  readonly pool: TargetPool
  /** Whether targets that need a secret may be asked. */
  readonly secrets: boolean
  /** What git says was published. */
  readonly tags: readonly { readonly list: string; readonly version: string }[]
}

/** A list as it is published, and what else is known of it. */
export interface Finding {
  readonly observed: Observation
  /** A version that is known to have been published, and that is above what is out there. */
  readonly known: KnownVersion | null
  /** Its history; null where its target keeps none. */
  readonly read: ReadFile | null
}

/** Looks at the list at its address, and whether its history or a tag knows of a higher version. */
export async function lookAtList(list: DesiredList, config: Config, view: ListView): Promise<Finding> {
  const { pool, secrets, tags, anchors, now } = view
  const fetched = await fetchPublished(list, config, pool, secrets)
  const observed: Observation = fetched
    ? judge(fetched, { anchors, endorsers: config.trust.endorsers }, now)
    : { state: 'absent' }
  const read = await openHistory(list, config, pool, secrets)
  const tagged = tags.filter((tag) => tag.list === list.name).map(({ version }) => version)
  return { observed, read, known: await highestKnown(list, observed, tagged, read, view) }
}

/** For subscribers: whether the history beside the list that lies at `uri`, or a version that was `tagged`, tells that an older one was put back. */
export async function checkRollback(
  uri: string,
  bytes: Uint8Array,
  tagged: readonly string[],
  judging: Judging,
): Promise<Check[]> {
  const { anchors, now } = judging
  const observed = judge({ bytes, tag: '' }, { anchors, endorsers: [] }, now)
  if (observed.state !== 'intact') return []
  const identifier = textOf(observed.list.keys, 'dc:identifier') ?? ''
  const read: ReadFile = (name, limit) => fetchList(historyOf(uri) + name, limit)
  const known = await highestKnown({ identifier }, observed, tagged, read, judging)
  const remedy = 'Ask its endorser, and keep the list that you have.'
  return known
    ? [failed('history', rollbackText(textOf(observed.list.keys, 'hv:version'), known), remedy)]
    : []
}
