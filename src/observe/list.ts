import type { Judging, ReadFile } from '../list/history/entry.ts'
import type { Config, DesiredList, KnownVersion, Observation } from '../model.ts'
import type { TargetPool } from '../targets/pool.ts'
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
  return { observed, read, known: await highestKnown(list, observed, tags, read, view) }
}
