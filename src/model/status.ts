import type { KnownVersion } from './history.ts'
import type { SignerName } from './observed.ts'
import type { ListPlan } from './plan.ts'

/** How a list stands, for people and for monitors. */
export interface ListStatus {
  readonly name: string
  /** Of the list that is out there; null if there is none, or it cannot be read. */
  readonly version: string | null
  readonly signer: SignerName | null
  /** Those who count. */
  readonly countersigners: readonly SignerName[]
  readonly expires: string | null
  /** Whole days until then; negative once it has expired. */
  readonly daysLeft: number | null
  /** The first end of the certificates of those who signed and countersigned it. */
  readonly certificateEnds: string | null
  readonly certificateDaysLeft: number | null
  /** What publishing would do with it: `keep` is as in git. */
  readonly drift: ListPlan['action']
  readonly rolledBack: KnownVersion | null
  /** What somebody must look at, as sentences. */
  readonly alarms: readonly string[]
}
