import { formatTime } from '../dates.ts'
import { isFault, VmcastError } from '../errors.ts'
import { textOf } from '../json.ts'
import { proveHint, readHint, RECORD_LIMIT, type Judging, type ReadFile } from '../list/history/entry.ts'
import { copyOf, HEAD, historyOf, recordName } from '../list/history/names.ts'
import { contradictions, type Opened, openList, readRecord, writeRecord } from '../list/history/record.ts'
import { LIST_LIMIT } from '../list/smime.ts'
import type {
  HistoryHead,
  HistoryRecord,
  Predecessor,
  PublishedList,
  RecordedRemoval,
  RemovedImage,
  Tag,
} from '../model.ts'
import { isSameSigner } from '../plan/endorser.ts'
import { compareVersions } from '../plan/version.ts'
import { sha256 } from '../sums.ts'
import { fromMemory } from '../targets/memory.ts'
import type { Target } from '../targets/target.ts'

/** What is about to be published, and what auditors want to know of it. */
export interface Publication {
  readonly name: string
  /** The signed list. */
  readonly message: Uint8Array
  readonly commit: string | null
  /** The images that leave it, with the reasons. */
  readonly removed: readonly RemovedImage[]
}

/** Where the list goes. */
interface Place {
  readonly target: Target
  readonly key: string
}

/** Record and copy are written; what `head.json` is to say once the list is out there. */
export interface Kept {
  readonly key: string
  readonly bytes: Uint8Array
  /** What `head.json` was before. */
  readonly expect: Tag | null
}

/**
 * Writes the record of a publication and a copy of its signed list beside the list, before that is swapped in: a
 * run that dies leaves at worst two files that nothing leads to. Their names hold the list's sum, so that no
 * version is taken by them. Null at a target that takes nothing but lists. Throws `target-occupied`, `record-malformed`.
 */
export async function keepHistory(
  publication: Publication,
  { target, key }: Place,
  judging: Judging,
): Promise<Kept | null> {
  if (target.holds === 'lists') return null
  const folder = historyOf(key)
  const { name, message, commit } = publication
  const { told, list } = openList(message)
  const [head, live] = await Promise.all([
    target.read(folder + HEAD, RECORD_LIMIT),
    target.read(key, LIST_LIMIT),
  ])
  const read: ReadFile = async (file, limit) => (await target.read(folder + file, limit))?.bytes ?? null
  const hint = readHint(head?.bytes ?? null)
  const before = await findPredecessor(live?.bytes ?? null, hint, told, read, judging)
  const record: HistoryRecord = {
    ...told,
    format: 1,
    list: name,
    published: formatTime(judging.now),
    commit,
    removed: before?.list ? removals(before.list, list, publication.removed) : [],
    previous: before && before.previous,
  }
  const own = recordName(told.version, told.sha256)
  const writing = [
    create(target, folder, copyOf(own), message),
    createRecord(target, folder, own, record),
  ] as const
  await Promise.allSettled(writing) // so that neither is still at work when the other one fails
  const [, bytes] = await Promise.all(writing)
  const next = { key: own, sha256: sha256(bytes), version: told.version }
  return { key: folder + HEAD, bytes: writeRecord(next), expect: head?.tag ?? null }
}

/** Lets `head.json` lead to what is out there now. It is a hint: what keeps it from moving is a warning. */
export async function moveHead({ key, bytes, expect }: Kept, target: Target): Promise<string[]> {
  try {
    await target.swap(key, bytes, expect)
    return []
  } catch (error) {
    // Somebody who published next was faster.
    if (isFault(error, 'target-conflict')) return []
    if (!(error instanceof VmcastError)) throw error
    return [`${key} could not be brought up to date: ${error.message} The next publication does it.`]
  }
}

interface Before {
  readonly previous: Predecessor
  /** Null where it cannot be read. */
  readonly list: PublishedList | null
}

/**
 * The list that the new one follows: the one that is out there; or, where somebody put back an older one, the
 * last that the history proves, so that nothing that was published falls out of it.
 */
async function findPredecessor(
  live: Uint8Array | null,
  hint: HistoryHead | null,
  { identifier, signer }: Opened['told'],
  read: ReadFile,
  judging: Judging,
): Promise<Before | null> {
  const opened = live && openedIn(live)
  const list = opened && opened.list
  const version = list && textOf(list.keys, 'hv:version')
  if (hint && (version === null || compareVersions(hint.version, version) > 0)) {
    const last = await proveHint(hint, identifier, read, judging)
    // Anybody whom a trusted CA knows could have signed it.
    const isOurs = [signer, opened?.told.signer].some(
      (one) => one && last?.signer && isSameSigner(one, last.signer),
    )
    if (last?.record && isOurs) {
      const previous = { sha256: last.record.sha256, version: last.version, record: last.pointer }
      return { previous, list: last.list }
    }
  }
  if (!live) return null
  const sum = sha256(live)
  return { previous: { sha256: sum, version, record: await recordOf(version, sum, hint, read) }, list }
}

/** The record of the list that is out there; by the hint, if that leads to it: then a change since will show. */
async function recordOf(version: string | null, list: string, hint: HistoryHead | null, read: ReadFile) {
  if (version === null) return null
  const key = recordName(version, list)
  if (hint?.key === key) return { key, sha256: hint.sha256 }
  const bytes = await read(key, RECORD_LIMIT)
  return bytes && { key, sha256: sha256(bytes) }
}

function openedIn(bytes: Uint8Array): Opened | null {
  try {
    return openList(bytes)
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return null
  }
}

/** The images of `last` that are not on `next`, with the reasons that the plan knows. */
function removals(
  last: PublishedList,
  next: PublishedList,
  planned: readonly RemovedImage[],
): RecordedRemoval[] {
  const staying = new Set(next.images.map((keys) => textOf(keys, 'dc:identifier')))
  const reasons = new Map(planned.map((image) => [image.identifier, image]))
  return last.images.flatMap((keys) => {
    const identifier = textOf(keys, 'dc:identifier') ?? ''
    if (staying.has(identifier)) return []
    const { reason = null, advisory = null } = reasons.get(identifier) ?? {}
    const version = textOf(keys, 'hv:version')
    return [{ identifier, title: textOf(keys, 'dc:title') ?? '', version, reason, advisory }]
  })
}

/**
 * Writes a file that is never written again. It is staged under a stable name: what a dead run left there is
 * cleared up by the next one. Throws `target-occupied` where another file has its name.
 */
async function create(target: Target, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const partial = name.endsWith('.json') ? '~record.partial' : '~copy.partial'
  await target.write(folder + partial, fromMemory(bytes), () => folder + name)
}

/** What an earlier attempt with the same list wrote otherwise. */
const OF_THE_ATTEMPT = ['published', 'commit']

/** The same of a record; that of an earlier attempt with this very list stays. */
async function createRecord(
  target: Target,
  folder: string,
  name: string,
  record: HistoryRecord,
): Promise<Uint8Array> {
  const bytes = writeRecord(record)
  try {
    await create(target, folder, name, bytes)
    return bytes
  } catch (error) {
    const there = isFault(error, 'target-occupied') ? await target.read(folder + name, RECORD_LIMIT) : null
    const differing = there ? contradictions(readRecord(there.bytes), record) : []
    if (there && differing.every((field) => OF_THE_ATTEMPT.includes(field))) return there.bytes
    throw error
  }
}
