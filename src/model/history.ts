import type { PublishedList, SignerName } from './observed.ts'
import type { RemovedImage } from './plan.ts'

/** What one publication of a list left for auditors: `schema/record.schema.json` says what each field is. */
export interface HistoryRecord {
  readonly format: 1
  /** The name of its YAML file, without `.yaml`. */
  readonly list: string
  readonly identifier: string
  readonly uri: string
  readonly version: string
  /** When it was published. */
  readonly published: string
  readonly expires: string
  /** What was checked out; with `-dirty` where files differed from it; null outside git. */
  readonly commit: string | null
  /** Of the signed list. */
  readonly sha256: string
  /** Bytes of the signed list. */
  readonly size: number
  readonly signer: RecordedSigner
  readonly countersigners: readonly RecordedSigner[]
  readonly images: readonly RecordedImage[]
  /** Against its predecessor. */
  readonly removed: readonly RecordedRemoval[]
  /** Null for a first publication. */
  readonly previous: Predecessor | null
}

/** A certificate, as one looks it up. */
export interface RecordedSigner extends SignerName {
  /** In hex, as OpenSSL prints it. */
  readonly serial: string
  /** SHA-256 over its DER, lower-case hex. */
  readonly fingerprint: string
}

export interface RecordedImage {
  readonly identifier: string
  readonly version: string
  readonly size: number
  readonly sha512: string
  readonly uri: string
}

export type RecordedRemoval = Omit<RemovedImage, 'action'>

/** The list that was out there before. */
export interface Predecessor {
  /** Of the signed list. */
  readonly sha256: string
  /** Null where it could not be read. */
  readonly version: string | null
  /** Null where it had none: nobody, or a vmcast without histories, made it. */
  readonly record: RecordPointer | null
}

export interface RecordPointer {
  /** The record's name in the history's folder. */
  readonly key: string
  /** Of the record's bytes. */
  readonly sha256: string
}

/** Which publication was the last one, as `head.json` has it: a hint, believed only as far as it is proven. */
export interface HistoryHead extends RecordPointer {
  readonly version: string
}

/** The highest version that a list is known to have had, and who knows. */
export interface KnownVersion {
  readonly version: string
  readonly by: 'history' | 'tag'
}

/** The history of a list as it was found, from what is out there backwards. */
export interface History {
  readonly list: string
  readonly uri: string
  /** Of the list that is out there; null if there is none, or none that is intact. */
  readonly version: string | null
  readonly rolledBack: KnownVersion | null
  /** Newest first. */
  readonly entries: readonly HistoryEntry[]
  /** The list that came before the first entry, where there was one without a record. */
  readonly beginning: Predecessor | null
  /** What is wrong beside the entries, as sentences. */
  readonly faults: readonly string[]
}

/** One publication, and all that could be checked of it. */
export interface HistoryEntry {
  readonly version: string
  /** Whether it is the list that is out there. */
  readonly live: boolean
  /** Null where it is missing, or cannot be read. */
  readonly record: HistoryRecord | null
  /** From the copy of the signed list; null where that is missing, or not intact. */
  readonly content: PublishedList | null
  /** Of that copy. */
  readonly signer: SignerName | null
  /** Of that copy: those whose certificate was trusted, with a name and a key of their own. */
  readonly countersigners: readonly SignerName[]
  /** What was changed, or is missing, as phrases. */
  readonly faults: readonly string[]
  /** Why its signer is not trusted, or no longer: what they signed is intact all the same. */
  readonly untrusted: string | null
}
