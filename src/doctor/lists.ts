import { failed, passed, warning, type Check } from '../list/check.ts'
import type { ListPlan } from '../model.ts'
import { rollbackText } from '../plan/rollback.ts'

/** What there is to say of the lists that are out there, and of publishing them. */
export const checkLists = (lists: readonly ListPlan[]): Check[] =>
  lists.length > 0 ? lists.flatMap(checkList) : [NO_LIST]

const NO_LIST = warning(
  'list',
  'There is no image list, and so nothing to publish.',
  'Begin one with `vmcast new imagelist`, or take one over with `vmcast import`.',
)

function checkList(list: ListPlan): Check[] {
  if (list.action === 'failed')
    return [failed('list', `${list.name}: ${list.failure.message}`, list.failure.remedy)]
  const { name, version, expires, guards, rolledBack, warnings } = list
  const stands =
    version.from === null
      ? `${name} is not published yet.`
      : `${name} is published in version ${version.from}, until ${expires.from ?? 'nobody knows when'}.`
  const rollback = rolledBack && rollbackText(version.from, rolledBack)
  return [
    rollback === null
      ? passed('list', stands)
      : failed(
          'list',
          `${name}: ${rollback}`,
          'Publish, which goes on above that version, and find out who it was.',
        ),
    ...guards.map(({ message, allow }) =>
      warning('list', `${name}: ${message}`, `If that is meant, publish with --allow ${allow}.`),
    ),
    ...warnings
      .filter((text) => text !== rollback)
      .map((text) => warning('list', `${name}: ${text}`, 'See what `vmcast plan` says of it.')),
  ]
}
