import { isDeepStrictEqual } from 'node:util'
import { when } from './when.ts'
import { textOf, type Keys, type Wire } from './wire.ts'

/** Points 16 and 17: what a list may not do to those who took the one before. */
export const successionFaults = (now: Wire, before: Wire): string[] => [
  ...when(isBelow(now.list, before.list), '16: the list’s version falls'),
  ...when(
    !isDeepStrictEqual(now, before) && !isBelow(before.list, now.list),
    '16: the list changed, and its version did not rise',
  ),
  ...when(
    textOf(now.list, 'dc:identifier') !== textOf(before.list, 'dc:identifier'),
    '17: the list has another identifier',
  ),
  ...now.images.flatMap((image) => imageFaults(image, now, before)),
]

function imageFaults(image: Keys, now: Wire, before: Wire): string[] {
  const name = textOf(image, 'dc:title')
  const same = byIdentifier(before, image)
  if (same)
    return [
      ...when(isBelow(image, same), `16: the version of ${name} falls`),
      ...when(
        image['sl:checksum:sha512'] !== same['sl:checksum:sha512'] && !isBelow(same, image),
        `16: the bytes of ${name} changed, and its version did not rise`,
      ),
    ]
  const left = before.images.filter((one) => !byIdentifier(now, one))
  return when(
    left.some((one) => textOf(one, 'dc:title') === name),
    `17: ${name} has a new identifier`,
  )
}

const byIdentifier = ({ images }: Wire, image: Keys): Keys | undefined =>
  images.find((one) => one['dc:identifier'] === image['dc:identifier'])

/** As subscribers rank them: token by token, numbers as numbers, and a longer one above its beginning. */
function isBelow(one: Keys, other: Keys): boolean {
  const [left, right] = [one, other].map((keys) => textOf(keys, 'hv:version').split(/[-,./]/))
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [a, b] = [left?.[at] ?? '', right?.[at] ?? '']
    if (a !== b) return /^\d+$/.test(a) && /^\d+$/.test(b) ? Number(a) < Number(b) : a < b
  }
  return false
}
