import { isPlainPrefix, parseDestination } from '../address.ts'
import { isObject } from '../json.ts'
import type { Path } from '../json.ts'
import type { Fault, Json, JsonObject, SignerName, TargetConfig } from '../model.ts'
import { acceptedKeys } from '../targets/sftp/known-hosts.ts'
import type { Reason } from './refusal.ts'

/** The repository's files as values, as far as they can be read: what the rules judge. */
export interface Repository {
  readonly config: Entry
  readonly lists: readonly Entry[]
  readonly images: readonly Entry[]
  /** What each `knownHosts` of vmcast.yaml holds, by what it says; or why it cannot be read. */
  readonly knownHosts: ReadonlyMap<string, string | Reason>
  /** The CAs at each `ca` of a target, by what it says: their fingerprints, or why they cannot be read. */
  readonly authorities: ReadonlyMap<string, readonly string[] | Reason>
  /** Where each `file.path` leads, by the image's name. */
  readonly paths: ReadonlyMap<string, FilePath>
  /** Files tracked by git that hold a private key, relative to the repository. */
  readonly trackedKeys: readonly string[]
  /** Every key with a namespace that the schemas describe. */
  readonly known: ReadonlySet<string>
}

/** One content file. It may lack keys or have wrong ones: a rule passes over what it cannot judge. */
export interface Entry {
  readonly name: string
  /** Relative to the repository. */
  readonly file: string
  /** Null if the file cannot be read as values. */
  readonly value: JsonObject | null
}

export interface FilePath {
  /** Absolute, as the YAML file says it. */
  readonly path: string
  /** Without symbolic links; the same as `path` where nothing is there yet. */
  readonly real: string
  /** Whether it lies inside the repository in both forms. */
  readonly inside: boolean
}

/** A fault whose line and column are still to be found. */
export interface Finding extends Omit<Fault, 'line' | 'column'> {
  /** Into the file's value; empty for the file as a whole. */
  readonly path: Path
  /** What the fault is in, where `path` leads to a key with a value. */
  readonly at: 'key' | 'value'
}

/** A rule looks at the whole repository, and says everything that it finds. */
export type Rule = (repository: Repository) => readonly Finding[]

type Said = Pick<Finding, 'rule' | 'message' | 'remedy'> & { readonly at?: 'key' | 'value' }

export const error = ({ file }: Pick<Entry, 'file'>, path: Path, said: Said): Finding => ({
  severity: 'error',
  file,
  path,
  at: 'value',
  ...said,
})

export const warning = (entry: Pick<Entry, 'file'>, path: Path, said: Said): Finding => ({
  ...error(entry, path, said),
  severity: 'warning',
})

/** The value at `path`; undefined if there is none. */
export function valueAt({ value }: Pick<Entry, 'value'>, ...path: Path): Json | undefined {
  let at: Json | undefined = value ?? undefined
  for (const step of path) {
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(step)]
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }
  return at
}

/** The text at `path`; null if there is none, or something else. */
export function textAt(entry: Pick<Entry, 'value'>, ...path: Path): string | null {
  const value = valueAt(entry, ...path)
  return typeof value === 'string' ? value : null
}

/** The address under `hv:uri`, if it is in order; the schema speaks of others. */
export function addressOf(entry: Pick<Entry, 'value'>): string | null {
  const uri = textAt(entry, 'hv:uri')
  return uri !== null && /^https?:\/\/[^\s/?#@]+\//.test(uri) && URL.canParse(uri) ? uri : null
}

/** The items at `path`, with their paths; none if there is no sequence. */
export function itemsAt(entry: Pick<Entry, 'value'>, ...path: Path): readonly { item: Json; path: Path }[] {
  const value = valueAt(entry, ...path)
  return Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => ({ item, path: [...path, index] }))
    : []
}

/** The texts among the items at `path`. */
export const textsAt = (entry: Pick<Entry, 'value'>, ...path: Path): readonly string[] =>
  itemsAt(entry, ...path).flatMap(({ item }) => (typeof item === 'string' ? [item] : []))

/** The people at `path`, by the names in their certificates: empty where the schema is not satisfied, which is nobody’s. */
export const signersAt = (entry: Pick<Entry, 'value'>, ...path: Path): readonly SignerName[] =>
  itemsAt(entry, ...path).map(({ path: at }) => ({
    dn: textAt(entry, ...at, 'dn') ?? '',
    ca: textAt(entry, ...at, 'ca') ?? '',
  }))

/** The targets of vmcast.yaml that are in order. */
export const targetsOf = ({ config, knownHosts, authorities }: Targets): readonly TargetConfig[] =>
  itemsAt(config, 'targets').flatMap(({ item, path }) => {
    const match = textAt(config, ...path, 'match')
    const to = textAt(config, ...path, 'to')
    if (match === null || to === null || !isPlainPrefix(match) || !isObject(item)) return []
    const settings = Object.entries(item).filter(([key]) => !['match', 'to', 'public'].includes(key))
    return [
      {
        match,
        to,
        public: item.public !== false,
        // The schema has judged each of them, or is about to: nothing acts on a file with faults.
        settings: Object.fromEntries(settings),
        hostKeys: hostKeysOf(to, item, knownHosts),
        authorities: authoritiesOf(item, authorities),
      },
    ]
  })

type Targets = Pick<Repository, 'knownHosts' | 'authorities'> & { readonly config: Pick<Entry, 'value'> }

/** The keys that the SSH server behind `to` may show, by the target's settings. */
function hostKeysOf(
  to: string,
  { hostKey, knownHosts: file }: JsonObject,
  knownHosts: Repository['knownHosts'],
): readonly string[] {
  if (typeof hostKey === 'string') return [hostKey]
  const place = parseDestination(to)
  const text = typeof file === 'string' ? knownHosts.get(file) : undefined
  return place && typeof text === 'string' ? acceptedKeys(text, place.host, place.port ?? 22) : []
}

function authoritiesOf({ ca }: JsonObject, authorities: Repository['authorities']): readonly string[] {
  const found = typeof ca === 'string' ? authorities.get(ca) : undefined
  return found && !('rule' in found) ? found : []
}

/** Whether vmcast publishes the image's bytes; else they are hosted elsewhere. */
export const hasFile = (image: Pick<Entry, 'value'>): boolean => valueAt(image, 'file') !== undefined
