import { isEqual } from './compare.ts'
import type { Changed, Since, TargetConfig } from '../model.ts'

/** What changed in the targets: of those that are `used`, and of `all` that vmcast.yaml names. */
export function changedSince(
  { commit, targets: then, trust }: Since,
  all: readonly TargetConfig[],
  used: readonly TargetConfig[],
): Changed {
  return {
    commit,
    targets: without(used, then).map(({ match }) => match),
    gone: without(then, all),
    trust,
  }
}

/** Those of `targets` that none of `others` equals. */
const without = (targets: readonly TargetConfig[], others: readonly TargetConfig[]) =>
  targets.filter((one) => !others.some((other) => isEqual({ ...one }, { ...other })))
