import { parseSpan, parseTime } from '../../dates.ts'
import { isObject } from '../../json.ts'
import { nearest } from '../nearest.ts'
import { error, textAt, valueAt, warning, type Finding, type Repository } from '../repository.ts'

/** A key with a namespace is published whatever it is, so a slip of the fingers would be, too. */
export function keysAreSpelledRight({ lists, images, known }: Repository): readonly Finding[] {
  return [...lists, ...images].flatMap((entry) => {
    const places = [[], ['hv:endorser'], ['hv:endorser', 'hv:x509']]
    return places.flatMap((path) => {
      const value = valueAt(entry, ...path)
      if (!isObject(value)) return []
      return Object.keys(value).flatMap((key) => {
        const meant = key.includes(':') && !known.has(key) ? nearest(key, known, 1) : null
        if (meant === null) return []
        return warning(entry, [...path, key], {
          rule: 'spelling',
          at: 'key',
          message: `The key ${key} is published as it stands, but looks like ${meant}.`,
          remedy: `Write ${meant}, if that is meant.`,
        })
      })
    })
  })
}

/** Subscribers compare versions number by number; a suffix ranks where nobody expects it (contract, point 16). */
export const versionsAreNumbers = ({ lists, images }: Repository): readonly Finding[] =>
  [...lists, ...images].flatMap((entry) => {
    const version = textAt(entry, 'hv:version')
    if (version === null || /^\d+(\.\d+)*$/.test(version)) return []
    return warning(entry, ['hv:version'], {
      rule: 'version',
      message: `The version ${version} is more than dotted numbers: subscribers differ on what comes after it.`,
      remedy: 'Keep it only where a list that was taken over has it; else write dotted numbers.',
    })
  })

/** 30 February has the form of a date. */
export const timesExist = ({ images }: Repository): readonly Finding[] =>
  images.flatMap((image) => {
    const time = textAt(image, 'dc:date:expires')
    if (time === null || !/^[\d-]+T[\d:]+Z$/.test(time) || parseTime(time)) return []
    return error(image, ['dc:date:expires'], {
      rule: 'time',
      message: `There is no such time as ${time}.`,
      remedy: 'Write a time that exists, in UTC.',
    })
  })

/** Imports keep a size that is text, as it was published; subscribers expect a number (contract, point 15). */
export const sizesAreNumbers = ({ images }: Repository): readonly Finding[] =>
  images.flatMap((image) =>
    textAt(image, 'hv:size') === null
      ? []
      : warning(image, ['hv:size'], {
          rule: 'size',
          message: 'hv:size is text.',
          remedy: 'Write it as a number, without quotes, unless the published list must stay as it is.',
        }),
  )

/** A list that is to be renewed later than it ends would never be. */
export const listsRenewBeforeTheyEnd = ({ lists }: Repository): readonly Finding[] =>
  lists.flatMap((list) => {
    const renew = textAt(list, 'renew')
    const lifetime = textAt(list, 'lifetime') ?? DEFAULT_LIFETIME
    const [before, whole] = [parseSpan(renew ?? ''), parseSpan(lifetime)]
    if (before === null || whole === null || before < whole) return []
    return error(list, ['renew'], {
      rule: 'renew',
      message: `renew (${renew}) is not shorter than lifetime (${lifetime}): every run would sign the list anew.`,
      remedy: 'Make renew shorter, or lifetime longer.',
    })
  })

/** What `dc:date:expires` is counted from where a list does not say. */
export const DEFAULT_LIFETIME = '28d'
