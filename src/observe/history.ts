import { VmcastError } from '../errors.ts'
import {
  proveHint,
  readHint,
  RECORD_LIMIT,
  type Entry,
  type Judging,
  type ReadFile,
} from '../list/history/entry.ts'
import { HEAD, historyOf } from '../list/history/names.ts'
import type { Config, DesiredList, HistoryHead, KnownVersion, Observation } from '../model.ts'
import { isSameSigner } from '../plan/endorser.ts'
import { higher, rollback } from '../plan/rollback.ts'
import type { TargetPool } from '../targets/pool.ts'
import { fetchList } from '../web.ts'
import { isAskedAtTarget } from './published.ts'

/**
 * Reads what lies in a list's history, from where the list itself is read; null where its target takes nothing but
 * lists.
 */
export async function openHistory(
  list: DesiredList,
  { targets }: Config,
  pool: TargetPool,
  secrets: boolean,
): Promise<ReadFile | null> {
  if (!isAskedAtTarget(list, targets, secrets)) {
    return (name, limit) => fetchList(historyOf(list.uri) + name, limit)
  }
  const { target, key } = await pool.reach(list.uri)
  if (target.holds === 'lists') return null
  return async (name, limit) => (await target.read(historyOf(key) + name, limit))?.bytes ?? null
}

/**
 * The highest version of a list that is known: by the last publication that its history proves, or by a tag, of those of which it was
 * `tagged`. Null where neither knows more than what is out there.
 */
export async function highestKnown(
  list: Pick<DesiredList, 'identifier'>,
  observed: Observation,
  tagged: readonly string[],
  read: ReadFile | null,
  judging: Judging,
): Promise<KnownVersion | null> {
  const proven = read && (await lastProven(list, observed, read, judging))
  const known = tagged
    .map((version) => ({ version, by: 'tag' as const }))
    .reduce<KnownVersion | null>(higher, proven)
  return known && rollback(publishedIn(observed), known)
}

/** What the history proves; it is asked for that only where it claims more than what is out there. */
async function lastProven(
  { identifier }: Pick<DesiredList, 'identifier'>,
  observed: Observation,
  read: ReadFile,
  judging: Judging,
): Promise<KnownVersion | null> {
  try {
    const hint = readHint(await read(HEAD, RECORD_LIMIT))
    if (!hint || !rollback(publishedIn(observed), { version: hint.version, by: 'history' })) return null
    const entry = await proveLast(hint, identifier, observed, read, judging)
    return entry && { version: entry.version, by: 'history' }
  } catch (error) {
    // A server may refuse what is not there (403), or to serve such a file: then nothing is known.
    if (error instanceof VmcastError && error.code.startsWith('web-')) return null
    throw error
  }
}

/**
 * The publication that the hint leads to, if it is of this list, and by whoever signed what is out there: anybody
 * whom a trusted CA knows could have signed another. Null if it is not; throws what `read` throws.
 */
export async function proveLast(
  hint: HistoryHead,
  identifier: string,
  observed: Observation,
  read: ReadFile,
  judging: Judging,
): Promise<Entry | null> {
  const entry = await proveHint(hint, identifier, read, judging)
  if (!entry?.signer || observed.state !== 'intact') return entry
  return isSameSigner(entry.signer, observed.signer) ? entry : null
}

const publishedIn = (observed: Observation) =>
  observed.state === 'intact' ? observed.list : { keys: {}, images: [] }
