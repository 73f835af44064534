import { nearest } from '../nearest.ts'
import { error, itemsAt, textAt, textsAt, warning, type Finding, type Repository } from '../repository.ts'

/** Every image that a list names is a file in images/. */
export function listedImagesExist({ lists, images }: Repository): readonly Finding[] {
  const names = new Set(images.map(({ name }) => name))
  return lists.flatMap((list) =>
    itemsAt(list, 'images').flatMap(({ item, path }) => {
      if (typeof item !== 'string' || names.has(item)) return []
      const meant = nearest(item.replace(/\.ya?ml$/, ''), names, 2)
      return error(list, path, {
        rule: 'image-exists',
        message: `There is no image ${item}: images/${item}.yaml is missing.`,
        remedy: meant
          ? `Write ${meant}.`
          : 'Add that file (`vmcast new image`), or take the name off the list.',
      })
    }),
  )
}

/** Subscribers refuse a list with one identifier twice (subscriber contract, point 15). */
export function imagesAreListedOnce({ lists }: Repository): readonly Finding[] {
  return lists.flatMap((list) => {
    const seen = new Set<unknown>()
    return itemsAt(list, 'images').flatMap(({ item, path }) => {
      if (typeof item !== 'string') return []
      if (!seen.has(item)) {
        seen.add(item)
        return []
      }
      return error(list, path, {
        rule: 'image-once',
        message: `The image ${item} is on the list twice.`,
        remedy: 'Remove one of the two.',
      })
    })
  })
}

/** An image on no list is published nowhere. */
export function imagesAreListed({ lists, images }: Repository): readonly Finding[] {
  // What an unreadable list names is not known.
  if (lists.some(({ value }) => !value)) return []
  const listed = new Set(lists.flatMap((list) => textsAt(list, 'images')))
  return images
    .filter(({ name }) => !listed.has(name))
    .map((image) =>
      warning(image, [], {
        rule: 'image-listed',
        message: `The image ${image.name} is on no list, so it is not published.`,
        remedy: `Add ${image.name} to the images of a list, or delete the file.`,
      }),
    )
}

/** `revoked` says why an image left the list: one that is still there did not. */
export function revokedImagesAreGone({ lists, images }: Repository): readonly Finding[] {
  const names = new Map(images.map((image) => [textAt(image, 'dc:identifier')?.toLowerCase(), image.name]))
  return lists.flatMap((list) => {
    const listed = new Set(textsAt(list, 'images'))
    return itemsAt(list, 'revoked').flatMap(({ path }) => {
      const name = names.get(textAt(list, ...path, 'dc:identifier')?.toLowerCase() ?? '')
      if (name === undefined || !listed.has(name)) return []
      return error(list, [...path, 'dc:identifier'], {
        rule: 'revoked-gone',
        message: `The image ${name} is revoked, but still on the list.`,
        remedy: `Take ${name} out of images, or this entry out of revoked.`,
      })
    })
  })
}
