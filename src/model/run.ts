import type { Failure } from './observed.ts'
import type { Change, Plan } from './plan.ts'

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
  /** For the passphrase of `what` (as in `the signing key`), which `variable` could have given. Throws `passphrase-missing` where nobody can be asked. */
  readonly askPassphrase: (what: string, variable: string) => Promise<string>
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal
}

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
  /** The commit that its tag `published/<list>/<version>` is at; null where it has none. */
  readonly commit: string | null
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
