import type { FileFacts } from './bytes.ts'
import type { KnownVersion } from './history.ts'
import type { JsonObject } from './json.ts'
import type { TargetConfig } from './target.ts'

/** Names the version of a file at a target that was seen: `swap` replaces only that one. */
export type Tag = string

/** A list as it was read back: its own keys apart from its images'. */
export interface PublishedList {
  /** Every key of `hv:imagelist` but `hv:images`. */
  readonly keys: JsonObject
  /** The `hv:image` objects, in order. */
  readonly images: readonly JsonObject[]
}

/** Slash-form names (subscriber contract, point 8) of a certificate's subject and issuer. */
export interface SignerName {
  readonly dn: string
  readonly ca: string
}

/** The list at its address, judged. Failing to look is thrown, and is none of these. */
export type Observation =
  | { readonly state: 'absent' }
  | {
      readonly state: 'intact'
      readonly list: PublishedList
      readonly signer: SignerName
      /** The first end of the certificates of those who signed and countersigned it. */
      readonly certificatesEnd: Date
      /** Those who count: with a certificate that is trusted, a name and a key of their own. */
      readonly countersigners: readonly SignerName[]
      /** Why it is no longer trusted, by its signer or for want of others; null if it is. */
      readonly untrusted: string | null
      /** Whether vmcast made it. */
      readonly ours: boolean
      readonly tag: Tag
      readonly sha256: string
    }
  | { readonly state: 'broken'; readonly reason: string; readonly tag: Tag; readonly sha256: string }

/** Everything that `diff` is told about the world; all of it plain values. */
export interface World {
  /** By list name. A list that could not be looked at is a failure. */
  readonly lists: ReadonlyMap<string, Observation | Failure>
  /** By list name: the highest version that its history or a tag knows of, where one does. */
  readonly highest: ReadonlyMap<string, KnownVersion>
  /** By image name, for every image with a `file`. */
  readonly files: ReadonlyMap<string, FileFacts | Failure>
  /** By image name: as an earlier publication had it, where its file is that one again, and lies there still. */
  readonly earlier?: ReadonlyMap<string, JsonObject>
  /** Names of images whose upload was tried: a failure of theirs stands, also beside a revocation. */
  readonly tried?: ReadonlySet<string>
  readonly signer: SignerFacts
  /** Why nothing would be signed with that certificate, as sentences. */
  readonly doubts?: readonly string[]
  /** SHA-256 fingerprints of the trust anchors, sorted. */
  readonly trust: readonly string[]
  readonly since: Since | null
  readonly now: Date
}

/** What git knows of the repository as it was when something was last published. */
export interface Since {
  /** The commit that was checked out then. */
  readonly commit: string
  /** All targets of then. */
  readonly targets: readonly TargetConfig[]
  /** Whether the trust changed; null where it does not lie in git. */
  readonly trust: boolean | null
}

export interface SignerFacts extends SignerName {
  /** The certificate's end: no list outlives it. */
  readonly notAfter: Date
}

/** An error as a value: it stops one list, not the run. */
export interface Failure {
  readonly state: 'failed'
  readonly code: string
  readonly message: string
  readonly remedy: string
}
