import { asFailure } from '../errors.ts'
import type { ListPlan, StoppedOutcome, UnchangedOutcome } from '../model.ts'
import { refusal } from './guard.ts'

/** The outcome of a list that is not due: it failed, guards refuse it, or it is as it should be. */
export function standing(list: ListPlan, allow: readonly string[]): StoppedOutcome | UnchangedOutcome {
  const { name } = list
  if (list.action === 'failed') return { name, state: 'failed', failure: list.failure }
  const refused = refusal(list, allow)
  if (refused) return { name, state: 'refused', failure: asFailure(refused) }
  return { name, state: 'unchanged', uri: list.uri, version: list.version.to, expires: list.expires.to }
}

/** Why nothing of a list can be published; null if nothing is in the way. */
export function stopped(list: ListPlan, allow: readonly string[]): StoppedOutcome | null {
  const outcome = standing(list, allow)
  return outcome.state === 'unchanged' ? null : outcome
}
