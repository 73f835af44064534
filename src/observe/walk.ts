import { textOf } from '../json.ts'
import {
  proveHint,
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
import { compareVersions } from '../plan/version.ts'

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
  const isProven = ahead !== null && (await proveHint(ahead, identifier, read, judging)) !== null
  const start = ahead && isProven ? clueOf(ahead) : live && liveClue(version ?? '', live.sha256, hint)
  const entries = start ? await follow(start, read, judging) : []
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

function liveClue(version: string, list: string, hint: HistoryHead | null): Clue {
  const key = recordName(version, list)
  return { key, version, list, record: hint?.key === key ? hint.sha256 : null }
}

/** Each record holds the sum of the one before it: no walk can turn in a circle. */
async function follow(start: Clue, read: ReadFile, judging: Judging): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let clue: Clue | null = start; clue;) {
    const entry: Entry = await readEntry(clue, read, judging)
    entries.push(entry)
    const previous = entry.record?.previous
    clue = previous?.record
      ? {
          key: previous.record.key,
          version: previous.version ?? '',
          list: previous.sha256,
          record: previous.record.sha256,
        }
      : null
  }
  return entries
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
  const { version, record, list: content, signer, untrusted } = entry
  return {
    version,
    live: live !== undefined && record?.sha256 === live,
    record,
    content,
    signer,
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
