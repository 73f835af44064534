import { locate } from '../../address.ts'
import {
  addressOf,
  error,
  hasFile,
  targetsOf,
  textAt,
  warning,
  type Entry,
  type Finding,
  type Repository,
} from '../repository.ts'

/** What is published needs a target: lists, and images with a file. */
export function publishedAddressesHaveTargets(repository: Repository): readonly Finding[] {
  const { config, lists, images } = repository
  if (!config.value) return []
  const targets = targetsOf(repository)
  return [...lists, ...images.filter(hasFile)].flatMap((entry) => {
    const uri = addressOf(entry)
    // An image's file name is made later, and is always a plain one.
    if (uri === null || locate(targets, uri.endsWith('/') && hasFile(entry) ? `${uri}image` : uri)) return []
    const served = targets.some(({ match }) => uri.startsWith(match))
    return error(entry, ['hv:uri'], {
      rule: 'target',
      message: served
        ? `No file can be written for ${uri}: behind the target’s prefix stands something else than plain names.`
        : `No target in vmcast.yaml serves ${uri}.`,
      remedy: served
        ? 'Use letters, digits and . _ - between slashes, no name that begins with a dot, no query, no % escapes.'
        : `Add a target whose match is a prefix of it, or mend the address${targets.length ? `; there are: ${targets.map(({ match }) => match).join(', ')}` : ''}.`,
    })
  })
}

/** Two lists, two images, or a list and an image never have one address, nor one file at a target. */
export function addressesAreUnique(repository: Repository): readonly Finding[] {
  const { lists, images } = repository
  const targets = targetsOf(repository)
  const withFile = new Map(
    images.filter(hasFile).map((image) => [textAt(image, 'dc:identifier')?.toLowerCase(), image]),
  )
  const owners = new Map<string, Entry>()
  return [...lists, ...images.filter((image) => !hasFile(image))].flatMap((entry) => {
    const uri = addressOf(entry)
    if (uri === null) return []
    const place = locate(targets, uri)
    const claims = [new URL(uri).href, ...(place ? [`${place.target.to} ${place.key}`] : [])]
    const owner =
      claims.map((claim) => owners.get(claim)).find((one) => one) ?? withFile.get(identifierIn(uri))
    for (const claim of claims) owners.set(claim, owner ?? entry)
    return owner
      ? [
          error(entry, ['hv:uri'], {
            rule: 'address-unique',
            message: `The address ${uri} is taken by ${owner.file} already.`,
            remedy: 'Give each list and each image an address of its own.',
          }),
        ]
      : []
  })
}

/** The UUID that a file name begins with as those that vmcast makes do, which are the image's alone. */
const identifierIn = (uri: string): string | undefined =>
  /\/~?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[_.][^/]*$/i.exec(uri)?.[1]?.toLowerCase()

/** A signature does not stop somebody from serving an old list: https does (requirement 29). */
export const listsAreServedOverHttps = ({ lists }: Repository): readonly Finding[] =>
  lists
    .filter((list) => textAt(list, 'hv:uri')?.startsWith('http:'))
    .map((list) =>
      warning(list, ['hv:uri'], {
        rule: 'https',
        message: 'The list is served without https: anybody on the way could give subscribers an old one.',
        remedy: 'Serve it over https, and write https:// here.',
      }),
    )
