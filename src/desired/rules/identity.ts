import { error, textAt, type Entry, type Finding, type Repository } from '../repository.ts'

/** A list or image is known by its UUID for ever: two that share one would each be taken for the other. */
export function identifiersAreUnique({ lists, images }: Repository): readonly Finding[] {
  const owners = new Map<string, Entry>()
  return [...lists, ...images].flatMap((entry) => {
    const identifier = textAt(entry, 'dc:identifier')?.toLowerCase()
    if (identifier === undefined) return []
    const owner = owners.get(identifier)
    if (!owner) owners.set(identifier, entry)
    return owner
      ? [
          error(entry, ['dc:identifier'], {
            rule: 'identifier-unique',
            message: `The identifier ${identifier} is that of ${owner.file} already.`,
            remedy: 'Give the newer of the two a UUID of its own: `uuidgen` makes one.',
          }),
        ]
      : []
  })
}
