import { textOf } from '../json.ts'
import {
  readEntry,
  readHint,
  RECORD_LIMIT,
  type Clue,
  type Entry,
  type Judging,
  type ReadFile,
} from '../list/history/entry.ts'
import { HEAD, recordName } from '../list/history/names.ts'
import type {
  DesiredList,
  History,
  HistoryEntry,
  HistoryHead,
  KnownVersion,
  Observation,
  PublishedList,
} from '../model.ts'
import { proveLast } from './history.ts'
import { compareVersions } from '../plan/version.ts'

type Intact = Extract<Observation, { state: 'intact' }>

/**
 * Walks a list's history from the list that is out there back to its first record, checking every record's sum,
 * every copy's signature, and that the record says what the copy says. Where somebody put an older list back, it
 * starts at the last publication that is proven. What is missing or was changed shows in the entries; behind a
 * record that is missing, nothing can be found. Throws what `read` throws.
 */
export async function walkHistory(
  { name, uri, identifier }: DesiredList,
  observed: Observation,
  known: KnownVersion | null,
  read: ReadFile,
  judging: Judging,
): Promise<History> {
  const hint = readHint(await read(HEAD, RECORD_LIMIT))
  const live = observed.state === 'intact' ? observed : null
  const version = live && textOf(live.list.keys, 'hv:version')
  const ahead = hint && (version === null || compareVersions(hint.version, version) > 0) ? hint : null
  const isProven = ahead !== null && (await proveLast(ahead, identifier, observed, read, judging)) !== null
  const start = ahead && isProven ? clueOf(ahead) : live && liveClue(live, hint)
  const entries: Entry[] = []
  if (start) for await (const entry of walkBack(start, read, judging)) entries.push(entry)
  const found = entries.map((entry, at) => toHistoryEntry(entry, entries[at + 1], identifier, live?.sha256))
  return {
    list: name,
    uri,
    version,
    rolledBack: known,
    entries: found,
    beginning: beginningOf(entries),
    faults: [
      ...stateFaults(observed, uri),
      ...(ahead && !isProven ? [`${HEAD} leads to version ${ahead.version}, which nothing proves.`] : []),
      ...(isProven && live && !found.some((entry) => entry.live)
        ? ['The list that is out there is not in its history.']
        : []),
    ],
  }
}

const stateFaults = (observed: Observation, uri: string): string[] =>
  observed.state === 'broken' ? [`What lies at ${uri} is no intact list: ${observed.reason}.`] : []

const clueOf = ({ key, version, sha256 }: HistoryHead): Clue => ({ key, version, list: null, record: sha256 })

/** What leads to the publication that is out there; `hint` may know its record's sum. */
export function liveClue({ list, sha256 }: Intact, hint: HistoryHead | null): Clue {
  const version = textOf(list.keys, 'hv:version') ?? ''
  const key = recordName(version, sha256)
  return { key, version, list: sha256, record: hint?.key === key ? hint.sha256 : null }
}

/** Publications: one an hour for a year is fewer, and a hostile server would make up more without an end. */
const MOST = 10_000

/** A publication, and those before it, each once: a record that was changed may lead anywhere. Throws what `read` throws. */
export async function* walkBack(start: Clue, read: ReadFile, judging: Judging): AsyncGenerator<Entry> {
  const seen = new Set<string>()
  for (let clue: Clue | null = start; clue && !seen.has(clue.key) && seen.size < MOST;) {
    seen.add(clue.key)
    const entry: Entry = await readEntry(clue, read, judging)
    yield entry
    clue = clueBefore(entry)
  }
}

function clueBefore({ record }: Entry): Clue | null {
  const previous = record?.previous
  if (!previous?.record) return null
  const { key, sha256 } = previous.record
  return { key, version: previous.version ?? '', list: previous.sha256, record: sha256 }
}

function beginningOf(entries: readonly Entry[]) {
  const first = entries.at(-1)?.record?.previous
  return first && !first.record ? first : null
}

function toHistoryEntry(
  entry: Entry,
  before: Entry | undefined,
  identifier: string,
  live: string | undefined,
): HistoryEntry {
  const { version, record, list: content, signer, countersigners, untrusted } = entry
  return {
    version,
    live: live !== undefined && record?.sha256 === live,
    record,
    content,
    signer,
    countersigners,
    faults: [
      ...entry.faults,
      ...(record && record.identifier !== identifier ? ['it is of another list'] : []),
      ...(before ? orderFaults(entry, before) : []),
    ],
    untrusted,
  }
}

/** Its version must be above, and its record tell of all that left. */
function orderFaults({ version, record, list }: Entry, before: Entry): string[] {
  const isAbove = compareVersions(version, before.version) > 0
  return [
    ...(isAbove ? [] : [`its version is not above ${before.version}, which came before it`]),
    ...(record && list && before.list && !tellsRemovals(record.removed, before.list, list)
      ? ['its record does not tell of just those images that left']
      : []),
  ]
}

function tellsRemovals(
  told: readonly { readonly identifier: string }[],
  before: PublishedList,
  after: PublishedList,
): boolean {
  const staying = new Set(identifiers(after))
  const gone = new Set(identifiers(before).filter((identifier) => !staying.has(identifier)))
  return (
    gone.size === new Set(told.map(({ identifier }) => identifier)).size &&
    told.every(({ identifier }) => gone.has(identifier))
  )
}

const identifiers = ({ images }: PublishedList): string[] =>
  images.map((keys) => textOf(keys, 'dc:identifier') ?? '')
