import { error, itemsAt, textAt, type Finding, type Repository } from '../repository.ts'

/** Whom a target trusts can be read: it is part of the plan. */
export function authoritiesAreReadable({ config, authorities }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const found = authorities.get(textAt(config, ...path, 'ca') ?? '')
    return found && 'rule' in found ? error(config, [...path, 'ca'], found) : []
  })
}
