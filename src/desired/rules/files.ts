import { isFault } from '../../errors.ts'
import { refusePrivate } from '../../web/private.ts'
import { error, textAt, textsAt, type Finding, type Repository } from '../repository.ts'

/** Folders whose files are the system talking: never images. */
const SYSTEM = /^\/(proc|sys|dev)(\/|$)/

/** Outside the repository only what is pinned: nobody can pin a secret that they do not know. */
export function filePathsAreAllowed({ images, paths }: Repository): readonly Finding[] {
  return images.flatMap((image) => {
    const place = paths.get(image.name)
    if (!place) return []
    const said = textAt(image, 'file', 'path') ?? ''
    if (SYSTEM.test(place.path) || SYSTEM.test(place.real)) {
      return error(image, ['file', 'path'], {
        rule: 'file-path',
        message: `${said} leads under /proc, /sys or /dev.`,
        remedy: 'Point file.path at a regular file elsewhere.',
      })
    }
    if (place.inside || textAt(image, 'file', 'sha512') !== null) return []
    return error(image, ['file', 'path'], {
      rule: 'file-path',
      message: `${said} lies outside the repository, and has no pin.`,
      remedy: `Pin it with \`vmcast hash ${image.name}\`, or move the file into the repository.`,
    })
  })
}

/** A fetched file is pinned, and does not come from somewhere that only this machine can see. */
export function fileUrlsAreAllowed({ config, images }: Repository): readonly Finding[] {
  const allowed = textsAt(config, 'allowPrivateHosts')
  return images.flatMap((image) => {
    const url = textAt(image, 'file', 'url')
    if (url === null) return []
    const unpinned =
      textAt(image, 'file', 'sha512') === null &&
      error(image, ['file', 'url'], {
        rule: 'file-url',
        message: `${url} has no pin.`,
        remedy: `Fetch the file, look at it, and give file.sha512 as \`sha512sum\` prints it.`,
      })
    const place = URL.canParse(url) ? new URL(url) : null
    const unreachable =
      (!place || leadsInside(place, allowed)) &&
      error(image, ['file', 'url'], {
        rule: 'file-url',
        message: place ? `${url} leads to a private address.` : `${url} is no address.`,
        remedy: place
          ? `If that is meant, add ${place.hostname} to allowPrivateHosts in vmcast.yaml.`
          : 'Give a whole address that begins with https://.',
      })
    return [unpinned, unreachable].filter((finding) => finding !== false)
  })
}

/** Only what the address itself says: names are looked up, and judged, when the file is fetched. */
function leadsInside(url: URL, allowed: readonly string[]): boolean {
  try {
    refusePrivate(url, allowed)
    return false
  } catch (refusal) {
    if (isFault(refusal, 'web-private-address')) return true
    throw refusal
  }
}
