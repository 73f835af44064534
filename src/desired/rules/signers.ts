import {
  error,
  itemsAt,
  signersAt,
  textAt,
  type Entry,
  type Finding,
  type Repository,
} from '../repository.ts'

/** A countersigner is another person than the endorser (subscriber contract, point 6). */
export const countersignersAreOthers = ({ lists }: Repository): readonly Finding[] =>
  lists.flatMap((list) => {
    const endorser = textAt(list, 'hv:endorser', 'hv:x509', 'hv:dn')
    return itemsAt(list, 'countersigners').flatMap(({ path }) =>
      endorser === null || textAt(list, ...path, 'dn') !== endorser
        ? []
        : error(list, [...path, 'dn'], {
            rule: 'countersigner-other',
            message: `${endorser} is the list’s endorser, and cannot be its countersigner too.`,
            remedy: 'Name another person, with a key of their own.',
          }),
    )
  })

/** Nobody signs twice: a name that stands there twice, of whatever CA, could never be satisfied. */
export const signersAreNamedOnce = ({ config, lists }: Repository): readonly Finding[] => [
  ...namedTwice(config, 'trust', 'endorsers'),
  ...lists.flatMap((list) => namedTwice(list, 'countersigners')),
]

function namedTwice(entry: Entry, ...path: string[]): Finding[] {
  const names = signersAt(entry, ...path).map(({ dn }) => dn)
  return itemsAt(entry, ...path).flatMap(({ path: at }, index) =>
    names.indexOf(names[index] ?? '') === index
      ? []
      : error(entry, [...at, 'dn'], {
          rule: 'signer-once',
          message: `${names[index] ?? ''} is named twice.`,
          remedy: 'Remove one of the two: each person signs once.',
        }),
  )
}
