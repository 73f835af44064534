import type { JsonObject, Profile } from '../model.ts'

/** What one kind of subscriber would refuse about a list or an image. */
export interface Complaint {
  readonly profile: Profile
  /** The key that it is about; null where keys are missing. */
  readonly key: string | null
  /** Whether every such subscriber refuses it, or only some set-ups of it. */
  readonly certain: boolean
  readonly message: string
  readonly remedy: string
}

/** Asked for by atrope beyond the twelve that HEPiX requires (subscriber contract, point 11). */
const ATROPE = [
  'hv:format',
  'sl:osname',
  'dc:date:expires',
  'ad:group',
  'ad:mpuri',
  'ad:user:fullname',
  'ad:user:guid',
  'ad:user:uri',
]
const CLOUDKEEPER = ['ad:mpuri', 'dc:date:expires', 'hv:format']
const CLOUDKEEPER_FORMATS = ['qcow2', 'ova', 'vmdk', 'vdi', 'raw']

/** Longest texts that vmcatcher stores on MySQL, in characters. */
const MYSQL = { 'dc:title': 100, 'hv:uri': 128, 'dc:description': 50 }

/**
 * What the subscribers of every profile would refuse about a list's own keys, beyond what the schema of a
 * published list asks for. `computed`: keys that are not there yet, and will be when it is published.
 * Source: subscriber contract, points 9–17 and "Profiles".
 */
export const complaintsAboutList = (
  keys: JsonObject,
  computed: ReadonlySet<string>,
): readonly Complaint[] => [
  ...plainAddress(keys),
  ...shortTexts(keys),
  ...missing('cloudkeeper', ['ad:vo'], keys, computed),
]

/** The same, about an image. */
export const complaintsAboutImage = (
  keys: JsonObject,
  computed: ReadonlySet<string>,
): readonly Complaint[] => [
  ...shellSafeAddress(keys),
  ...asciiTexts(keys),
  ...shortTexts(keys),
  ...missing('atrope', ATROPE, keys, computed),
  ...missing('cloudkeeper', CLOUDKEEPER, keys, computed),
  ...cloudFormat(keys),
]

/** Contract, point 13. */
function plainAddress(keys: JsonObject): Complaint[] {
  const uri = keys['hv:uri']
  if (typeof uri !== 'string' || !/[?#]/.test(uri)) return []
  return [
    {
      profile: 'hepix',
      key: 'hv:uri',
      certain: true,
      message: 'The address of a list has no query and no fragment.',
      remedy: 'Give the address of the list itself, without ? or #.',
    },
  ]
}

/** Contract, point 14: vmcatcher puts the address in a shell. */
function shellSafeAddress(keys: JsonObject): Complaint[] {
  const uri = keys['hv:uri']
  const [character] = typeof uri === 'string' ? (/[^A-Za-z0-9._~:/@+,=%-]/u.exec(uri) ?? []) : []
  if (character === undefined) return []
  return [
    {
      profile: 'hepix',
      key: 'hv:uri',
      certain: true,
      message: `The address of an image cannot hold ${JSON.stringify(character)}: a subscriber would give it to a shell.`,
      remedy: 'Use letters, digits and . _ ~ / + , = - only, and percent-encode the rest.',
    },
  ]
}

function asciiTexts(keys: JsonObject): Complaint[] {
  return Object.entries(keys).flatMap(([key, value]) => {
    const [character] = typeof value === 'string' ? (/[^\t\n\r -~]/u.exec(value) ?? []) : []
    if (character === undefined) return []
    return {
      profile: 'vmcatcher',
      key,
      certain: true,
      message: `vmcatcher’s cache fails on ${key}: ${JSON.stringify(character)} is not ASCII.`,
      remedy: 'Write it in ASCII letters.',
    }
  })
}

function shortTexts(keys: JsonObject): Complaint[] {
  return Object.entries(MYSQL).flatMap(([key, longest]) => {
    const value = keys[key]
    const length = typeof value === 'string' ? Array.from(value).length : 0
    if (length <= longest) return []
    return {
      profile: 'vmcatcher',
      key,
      certain: false,
      message: `vmcatcher on MySQL has room for ${longest} characters of ${key}, and this has ${length}.`,
      remedy: 'Shorten it, if sites with MySQL subscribe.',
    }
  })
}

function missing(
  profile: Profile,
  wanted: readonly string[],
  keys: JsonObject,
  computed: ReadonlySet<string>,
): Complaint[] {
  const absent = wanted.filter((key) => !computed.has(key) && (keys[key] ?? null) === null)
  if (absent.length === 0) return []
  return [
    {
      profile,
      key: null,
      certain: true,
      message: `${profile} would refuse it: it has no ${absent.join(', ')}.`,
      remedy: `Add ${absent.length === 1 ? 'it' : 'them'}, if sites with ${profile} subscribe.`,
    },
  ]
}

function cloudFormat(keys: JsonObject): Complaint[] {
  const format = keys['hv:format']
  if (typeof format !== 'string' || CLOUDKEEPER_FORMATS.includes(format.toLowerCase())) return []
  return [
    {
      profile: 'cloudkeeper',
      key: 'hv:format',
      certain: true,
      message: `cloudkeeper would refuse it: it cannot use the format ${format}.`,
      remedy: `Publish it as one of: ${CLOUDKEEPER_FORMATS.join(', ')}.`,
    },
  ]
}
