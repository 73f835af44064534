import { isPlainPrefix } from '../../address.ts'
import { error, itemsAt, textAt, type Finding, type Repository } from '../repository.ts'

/** The kinds of place that lists and images can be written to. */
const SCHEMES: readonly string[] = ['file']

/** A target serves a plain prefix of addresses, and no two serve the same. */
export function targetsMatchPlainPrefixes({ config }: Repository): readonly Finding[] {
  const seen = new Set<string>()
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const match = textAt(config, ...path, 'match')
    if (match === null) return []
    const twice = seen.has(match)
    seen.add(match)
    if (isPlainPrefix(match) && !twice) return []
    return error(config, [...path, 'match'], {
      rule: 'target-match',
      message: twice ? `Two targets match ${match}.` : `${match} is no plain prefix of addresses.`,
      remedy: twice
        ? 'Remove one of them.'
        : 'Write http(s)://host/folder/ with a / at the end; no user, query, fragment, .., or escaped dots and slashes.',
    })
  })
}

/** `to` names a place of a kind that vmcast can write to. */
export function targetsHaveKnownSchemes({ config }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const to = textAt(config, ...path, 'to')
    const [, scheme, place] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)/.exec(to ?? '') ?? []
    if (to === null || (scheme && SCHEMES.includes(scheme) && place)) return []
    return error(config, [...path, 'to'], {
      rule: 'target-to',
      message:
        scheme && place ? `There is no target of the kind ${scheme}:.` : `${to} names no kind of target.`,
      remedy: `Begin it with one of: ${SCHEMES.map((one) => `${one}:`).join(', ')}, as in file:./public/.`,
    })
  })
}
