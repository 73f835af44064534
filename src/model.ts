/**
 * The shared types: what the repository asks for (desired), what is out there (observed), and the plan
 * that leads from one to the other. Values only; nothing here does anything.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** Subscribers that a list can promise to serve; `hepix` always. */
export type Profile = 'hepix' | 'vmcatcher' | 'atrope' | 'cloudkeeper'

// ---------------------------------------------------------------- desired: what the YAML files say

export interface Desired {
  /** The content repository: the folder of `vmcast.yaml`, absolute. */
  readonly root: string
  readonly config: Config
  readonly lists: readonly DesiredList[]
  /** By name, that is by the file's name without `.yaml`. */
  readonly images: ReadonlyMap<string, DesiredImage>
  /** Paths of content files that differ from the commit; empty outside git. */
  readonly dirty: readonly string[]
}

export interface Config {
  readonly targets: readonly TargetConfig[]
  readonly signing: { readonly certificate: string | null; readonly key: string | null }
  /** CA folder or PEM bundle, absolute. */
  readonly trust: { readonly ca: string | null }
  /** Hosts that a `file.url` may lead to although their address is private. */
  readonly allowPrivateHosts: readonly string[]
}

export interface TargetConfig {
  /** Prefix of the addresses that this target serves; ends in `/`. */
  readonly match: string
  readonly to: string
  /** False where the addresses cannot be reached from here: then the target is asked instead. */
  readonly public: boolean
}

export interface DesiredList {
  /** The YAML file's name without `.yaml`. */
  readonly name: string
  readonly identifier: string
  /** The address that subscribers fetch. */
  readonly uri: string
  /** Every key with a namespace, as it stands in the YAML file. */
  readonly keys: JsonObject
  /** Names of the images on it, in order. */
  readonly images: readonly string[]
  /** Milliseconds. */
  readonly lifetime: number
  /** Milliseconds: sign anew once less than this is left. */
  readonly renew: number
  readonly profiles: readonly Profile[]
  /** Why images left the list, by their `dc:identifier`. */
  readonly revoked: ReadonlyMap<string, string>
}

export interface DesiredImage {
  readonly name: string
  readonly identifier: string
  /** With a `file`: the prefix under which it is published, ending in `/`. Else the file's own address. */
  readonly uri: string
  /** Every key with a namespace, as it stands in the YAML file. */
  readonly keys: JsonObject
  readonly file: ImageFile | null
}

/** Where an image's bytes come from; `sha512` is the pin: what `sha512sum` says of the file. */
export type ImageFile =
  | { readonly kind: 'path'; readonly path: string; readonly sha512: string | null }
  | { readonly kind: 'url'; readonly url: string; readonly sha512: string }

/** One thing wrong (or odd) in the repository's files. Lines and columns count from 1. */
export interface Fault {
  readonly rule: string
  readonly severity: 'error' | 'warning'
  /** Relative to the content repository. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  readonly remedy: string
}

// ---------------------------------------------------------------- bytes

/** The sum and size of some bytes; `sha512` in lower-case hex. */
export interface Digest {
  readonly sha512: string
  /** Bytes. */
  readonly size: number
}

/** What is known of an image's file before anything is uploaded. */
export interface FileFacts {
  /** Sum of the file as it lies there (the pin, or what reading it gave); null: not read yet. */
  readonly source: string | null
  /** Bytes of the file as it lies there; null where that is not known without reading. */
  readonly size: number | null
  /** The bytes as served, where they are known: they differ from the source only where vmcast compresses. */
  readonly served: Digest | null
}

/** How vmcast compresses on the way: by the last part of `hv:format`. */
export type Compression = 'gz' | 'bz2' | null

// ---------------------------------------------------------------- observed: what is published

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
      /** Why its signer is no longer trusted; null if it is. */
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
  /** By image name, for every image with a `file`. */
  readonly files: ReadonlyMap<string, FileFacts | Failure>
  readonly signer: SignerFacts
  /** SHA-256 fingerprints of the trust anchors, sorted. */
  readonly trust: readonly string[]
  readonly now: Date
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

// ---------------------------------------------------------------- the plan

export interface Plan {
  readonly format: 1
  /** Only the targets that this plan uses. */
  readonly targets: readonly TargetConfig[]
  readonly trust: readonly string[]
  readonly lists: readonly ListPlan[]
  /** Of all that an approver approves: not of what the clock gives, nor of the signer. */
  readonly checksum: string
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
  readonly expires: Change<string>
  readonly signer: Change<SignerName>
  readonly keys: readonly KeyChange[]
  /** Those that stay or come, in the list's order; then those that leave. */
  readonly images: readonly ImagePlan[]
  readonly guards: readonly Guard[]
  /** What stops nothing, and yet should be known. */
  readonly warnings: readonly string[]
  /** What `swap` expects to find: the tag of the list that was observed. */
  readonly tag: Tag | null
}

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

// ---------------------------------------------------------------- what happens, told to whoever watches

export interface Progress {
  /** A finished or begun step, one line. */
  step(message: string): void
  /** A long piece of work; `total` in bytes, null where unknown. */
  task(name: string, total: number | null): ProgressTask
}

export interface ProgressTask {
  /** Bytes since the last call. */
  advance(bytes: number): void
  end(): void
}

/** What the rooms are told of the world around the process; only commands look for themselves. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home folder. */
  readonly home: string
  /** The folder of the checksum cache. */
  readonly cache: string
  readonly now: () => Date
  readonly progress: Progress
  /** Throws `passphrase-missing` where nobody can be asked. */
  readonly askPassphrase: () => Promise<string>
}

// ---------------------------------------------------------------- what was done

/** What `reconcile` did, list by list. */
export interface Report {
  readonly lists: readonly Outcome[]
  /** The plan that was carried out, as it stood after the uploads. */
  readonly plan: Plan
}

export type Outcome = PublishedOutcome | UnchangedOutcome | StoppedOutcome

export interface PublishedOutcome {
  readonly name: string
  readonly state: 'published'
  readonly action: 'add' | 'change' | 'renew'
  readonly uri: string
  readonly version: Change<string>
  readonly expires: string
  /** SHA-256 of the published message. */
  readonly sha256: string
  readonly warnings: readonly string[]
}

export interface UnchangedOutcome {
  readonly name: string
  readonly state: 'unchanged'
  readonly uri: string
  readonly version: string
  readonly expires: string
}

/** Nothing of this list was published: an error (exit 1), or guards (exit 3). */
export interface StoppedOutcome {
  readonly name: string
  readonly state: 'failed' | 'refused'
  readonly failure: Failure
}
