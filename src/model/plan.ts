import type { Compression, Digest } from './bytes.ts'
import type { KnownVersion } from './history.ts'
import type { Json } from './json.ts'
import type { Failure, SignerName, Tag } from './observed.ts'
import type { TargetConfig } from './target.ts'

export interface Plan {
  readonly format: 1
  /** Only the targets that this plan uses. */
  readonly targets: readonly TargetConfig[]
  readonly trust: readonly string[]
  /** Endorsers who must each have signed or countersigned every list. */
  readonly endorsers: readonly SignerName[]
  /** In targets and trust, since something was last published; null where nobody knows. */
  readonly changed: Changed | null
  readonly lists: readonly ListPlan[]
  /** Of all that an approver approves: not of what the clock gives, nor of the signer. */
  readonly checksum: string
}

/** What to look at before all else: where the bytes go, and who is believed. */
export interface Changed {
  /** The commit that was checked out then. */
  readonly commit: string
  /** The `match` of each target of this plan that is new, or was another. */
  readonly targets: readonly string[]
  /** Targets that are no more, or are others now: as they were. */
  readonly gone: readonly TargetConfig[]
  /** Null where it does not lie in git. */
  readonly trust: boolean | null
}

export type ListPlan = PlannedList | FailedList

export interface FailedList {
  readonly name: string
  readonly action: 'failed'
  readonly failure: Failure
}

export interface PlannedList {
  readonly name: string
  readonly identifier: string
  readonly title: string
  readonly uri: string
  /** `renew`: signed anew with the content that it has, for a later end or by another signer. */
  readonly action: 'add' | 'change' | 'renew' | 'keep'
  readonly version: Change<string>
  /** A version above the one that is out there, which was published: somebody put back an older list, or none. */
  readonly rolledBack: KnownVersion | null
  readonly expires: Change<string>
  readonly signer: Change<SignerName>
  /** Who must countersign it before it is published. */
  readonly countersigners: readonly SignerName[]
  readonly keys: readonly KeyChange[]
  /** Those that stay or come, in the list's order; then those that leave. */
  readonly images: readonly ImagePlan[]
  readonly guards: readonly Guard[]
  /** What stops nothing, and yet should be known. */
  readonly warnings: readonly string[]
  /** What `swap` expects to find: the tag of the list that was observed. */
  readonly tag: Tag | null
}

/** A list that is to be published. */
export type DueList = PlannedList & { readonly action: 'add' | 'change' | 'renew' }

export interface Change<T> {
  readonly from: T | null
  readonly to: T
}

/** One key of the metadata; null on the side where it is missing. */
export interface KeyChange {
  readonly key: string
  readonly from: Json
  readonly to: Json
}

export type ImagePlan = ListedImage | RemovedImage

export interface ListedImage {
  readonly action: 'add' | 'change' | 'keep'
  readonly name: string
  readonly identifier: string
  readonly title: string
  readonly version: Change<string>
  readonly keys: readonly KeyChange[]
  /** The bytes as served; `to` is null until the file was read. */
  readonly bytes: { readonly from: Digest | null; readonly to: Digest | null }
  /** Sum of the file at `path` or `url`; null until it was read, or where vmcast uploads nothing. */
  readonly source: string | null
  /** Its address; `to` is null until its name, which holds the sum, is known. */
  readonly uri: { readonly from: string | null; readonly to: string | null }
  readonly upload: Upload | null
}

export interface RemovedImage {
  readonly action: 'remove'
  readonly identifier: string
  readonly title: string
  readonly version: string | null
  /** From `revoked:`; null is what the guard `remove` refuses. */
  readonly reason: string | null
  /** Where one can read more. */
  readonly advisory: string | null
}

export interface Upload {
  /** The folder that the file goes to: `hv:uri` as it stands in YAML, ending in `/`. */
  readonly prefix: string
  /** Bytes of the file to read; null where unknown. */
  readonly size: number | null
  readonly compress: Compression
}

export const GUARDS = ['remove', 'empty', 'signer', 'adopt', 'untrusted', 'replace', 'dirty'] as const

/** Refused with exit 3 unless `--allow` names `allow`. */
export interface Guard {
  readonly kind: (typeof GUARDS)[number]
  /** What `--allow` must say: the kind, or `replace=<sha256>`. */
  readonly allow: string
  readonly message: string
}
