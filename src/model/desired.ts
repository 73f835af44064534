import type { JsonObject } from './json.ts'
import type { SignerName } from './observed.ts'
import type { TargetConfig } from './target.ts'

/** Subscribers that a list can promise to serve; `hepix` always. */
export type Profile = 'hepix' | 'vmcatcher' | 'atrope' | 'cloudkeeper'

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
  readonly trust: Trust
  /** Hosts that a `file.url` may lead to although their address is private. */
  readonly allowPrivateHosts: readonly string[]
}

/** Whom this repository believes. */
export interface Trust {
  /** CA folder or PEM bundle, absolute. */
  readonly ca: string | null
  /** Whether a CA whose revocation list is missing or stale is still believed. */
  readonly crl: 'require' | 'if-there'
  /** Endorsers that every list must be signed or countersigned by; none named, none demanded. */
  readonly endorsers: readonly SignerName[]
}

/** Why an image left its list, for the audit record. */
export interface Revocation {
  readonly reason: string
  /** Where one can read more. */
  readonly advisory: string | null
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
  /** Who else must have signed it before it is published. */
  readonly countersigners: readonly SignerName[]
  /** Why images left the list, by their `dc:identifier`. */
  readonly revoked: ReadonlyMap<string, Revocation>
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
