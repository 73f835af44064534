import { fault } from '../errors.ts'
import { GUARDS } from '../model.ts'

/** What `--allow` may name; a list that is broken is replaced only by the sum of what lies there. */
const NAMES = GUARDS.map((guard) => (guard === 'replace' ? 'replace=SHA256' : guard))
const ALLOWED = new RegExp(`^(?:${NAMES.join('|').replace('SHA256', '[0-9a-f]{64}')})$`)

export const ALLOW = `Guards to pass, separated by commas: ${NAMES.join(', ')}.`

/** What `--allow` names. Throws `guard-unknown`: a misspelt guard would only be missed at the end. */
export function guardsIn(allow: readonly string[]): string[] {
  const given = allow.flatMap((kinds) => kinds.split(','))
  const unknown = given.find((one) => !ALLOWED.test(one))
  if (unknown !== undefined) throw fault('guard-unknown', { given: unknown, known: NAMES })
  return given
}
