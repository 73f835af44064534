import { parseTime } from '../../dates.ts'
import { VmcastError } from '../../errors.ts'
import { textOf } from '../../json.ts'
import type { HistoryHead, HistoryRecord, PublishedList, RecordPointer, SignerName } from '../../model.ts'
import { sha256 } from '../../sums.ts'
import type { Anchors } from '../../trust/anchors.ts'
import type { Certificate } from '../../trust/certificate.ts'
import { judgeChain } from '../../trust/chain.ts'
import { countingNames, judgeCountersigners } from '../countersigners.ts'
import { LIST_LIMIT } from '../smime.ts'
import { endorserFault } from '../verify.ts'
import { copyOf, isRecordName, recordName } from './names.ts'
import { contradictions, openList, readHead, readRecord, type Opened } from './record.ts'

/** Reads a file of a list's history by its name there; null if there is none. */
export type ReadFile = (name: string, limit: number) => Promise<Uint8Array | null>

/** What leads to a publication; null: nothing says. */
export interface Clue {
  /** The record's name. */
  readonly key: string
  readonly version: string
  /** Of the signed list. */
  readonly list: string | null
  /** Of the record. */
  readonly record: string | null
}

/** One publication, as the history has it. */
export interface Entry {
  readonly version: string
  /** Null where it is missing, or cannot be read. */
  readonly record: HistoryRecord | null
  /** Where the record lies, and what its bytes are. */
  readonly pointer: RecordPointer | null
  /** From the copy of the signed list; null where that is missing, or not intact. */
  readonly list: PublishedList | null
  /** Of that copy. */
  readonly signer: SignerName | null
  /** Of that copy: those who count. */
  readonly countersigners: readonly SignerName[]
  /** What was changed, or is missing, as phrases. */
  readonly faults: readonly string[]
  /** Why its signer is not trusted, or no longer: what they signed is intact all the same. */
  readonly untrusted: string | null
}

/** By whom and when signers are judged. */
export interface Judging {
  readonly anchors: Anchors
  readonly now: Date
}

/** No list of hundreds of thousands of images has a larger record. */
export const RECORD_LIMIT = LIST_LIMIT

/**
 * Reads a publication's record and its copy of the signed list, and checks all that can be checked: both are
 * what they were when the next one was published, the list's signature is good and its signer was trusted when
 * it was made, and the record says what the list says. Throws what `read` throws.
 */
export async function readEntry(clue: Clue, read: ReadFile, judging: Judging): Promise<Entry> {
  const { key } = clue
  if (!isRecordName(key))
    return { ...NOTHING, version: clue.version, faults: ['what leads to it is no name of a record'] }
  const bytes = await read(key, RECORD_LIMIT)
  const { record, faults } = openRecord(bytes, clue)
  const copy = openCopy(await read(copyOf(key), LIST_LIMIT), clue.list ?? record?.sha256 ?? null, judging)
  return {
    version: (copy.told ?? clue).version,
    record,
    pointer: bytes && { key, sha256: sha256(bytes) },
    list: copy.list,
    signer: copy.told && { dn: copy.told.signer.dn, ca: copy.told.signer.ca },
    countersigners: copy.countersigners,
    faults: [...faults, ...copy.faults, ...(record && copy.told ? disagreements(record, copy.told) : [])],
    untrusted: copy.untrusted,
  }
}

const NOTHING = { record: null, pointer: null, list: null, signer: null, countersigners: [], untrusted: null }

function openRecord(bytes: Uint8Array | null, clue: Clue): Pick<Entry, 'record' | 'faults'> {
  if (!bytes) return { record: null, faults: ['its record is missing'] }
  const isChanged = clue.record !== null && clue.record !== sha256(bytes)
  const changed = isChanged ? ['its record was changed'] : []
  try {
    const record = readRecord(bytes)
    const isOther = recordName(record.version, record.sha256) !== clue.key
    return { record, faults: [...changed, ...(isOther ? ['its record is of another publication'] : [])] }
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return { record: null, faults: [...changed, `its record cannot be read: ${error.message}`] }
  }
}

type Copy = { readonly [K in 'list' | 'told']: Opened[K] | null } & Pick<
  Entry,
  'countersigners' | 'faults' | 'untrusted'
>

function openCopy(bytes: Uint8Array | null, expected: string | null, judging: Judging): Copy {
  const nothing = { list: null, told: null, countersigners: [], untrusted: null }
  if (!bytes) return { ...nothing, faults: ['its copy of the signed list is missing'] }
  if (expected !== null && sha256(bytes) !== expected)
    return { ...nothing, faults: ['its copy of the signed list is another file'] }
  try {
    const { message, list, told } = openList(bytes)
    const other = endorserFault(list, message.signer)
    const distrust = distrusting(message, list, judging)
    return {
      list,
      told,
      countersigners: countingNames(judgeCountersigners(message, distrust)),
      faults: other === null ? [] : [other],
      untrusted: distrust(message.signer),
    }
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return { ...nothing, faults: [`its copy of the signed list is broken: ${error.message}`] }
  }
}

/** Why who signed it was not trusted when it was made; by what CAs have revoked until today. */
function distrusting({ others }: Opened['message'], { keys }: PublishedList, { anchors, now }: Judging) {
  const created = parseTime(textOf(keys, 'dc:date:created'))
  return (certificate: Certificate): string | null =>
    created ? judgeChain(certificate, others, anchors, created, now) : 'it does not say when it was made'
}

const disagreements = (record: HistoryRecord, told: Opened['told']): string[] => {
  const fields = contradictions(record, told)
  return fields.length === 0 ? [] : [`its record says otherwise than its signed list: ${fields.join(', ')}`]
}

/** The hint at the last publication that `head.json` holds; null where there is none that can be read. */
export function readHint(bytes: Uint8Array | null): HistoryHead | null {
  try {
    return bytes && readHead(bytes)
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return null
  }
}

/** The publication of this list that the hint leads to, if nothing is wrong with it; else null. */
export async function proveHint(
  { key, sha256: record, version }: HistoryHead,
  identifier: string,
  read: ReadFile,
  judging: Judging,
): Promise<Entry | null> {
  const entry = await readEntry({ key, version, list: null, record }, read, judging)
  const isSound = entry.faults.length === 0 && entry.untrusted === null && entry.version === version
  return isSound && entry.record?.identifier === identifier ? entry : null
}
