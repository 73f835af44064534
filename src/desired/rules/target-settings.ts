import { parseDestination } from '../../address.ts'
import { isObject, type Path } from '../../json.ts'
import { SPEAKERS } from '../../targets/grid/speakers.ts'
import { error, itemsAt, textAt, valueAt, type Finding, type Repository } from '../repository.ts'
import { kindOf, TARGET_KINDS } from './target-kinds.ts'

/** A target has only the settings of its kind. */
export function targetsTakeTheirSettings({ config }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ item, path }) => {
    const kind = kindOf(textAt(config, ...path, 'to') ?? '')
    if (!kind || !isObject(item)) return []
    const foreign = Object.keys(item).filter(
      (key) => isSetting(key) && !kind.settings.some((one) => one === key),
    )
    return foreign.map((key) =>
      error(config, [...path, key], {
        rule: 'target-setting',
        at: 'key',
        message: `${key} means nothing to a target of the form ${kind.form}.`,
        remedy:
          kind.settings.length > 0 ? `Remove it; there are: ${kind.settings.join(', ')}.` : 'Remove it.',
      }),
    )
  })
}

const SETTINGS = new Set<string>([...TARGET_KINDS.values()].flatMap(({ settings }) => settings))
const isSetting = (key: string): boolean => SETTINGS.has(key)

/** `client` names a program that speaks to this kind of place. */
export function clientsSpeakTheirSchemes({ config }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const client = textAt(config, ...path, 'client')
    const scheme = schemeOf(textAt(config, ...path, 'to'))
    const speakers: readonly string[] = SPEAKERS.get(scheme) ?? []
    if (client === null || !kindOf(`${scheme}:`)?.settings.includes('client') || speakers.includes(client))
      return []
    return error(config, [...path, 'client'], {
      rule: 'target-client',
      message: `${client} does not speak ${scheme}.`,
      remedy: speakers.length === 0 ? 'Remove it.' : `Remove it, or write one of: ${speakers.join(', ')}.`,
    })
  })
}

/** What the settings of a target say is done: none is ignored because of another one. */
export function settingsAreHeeded({ config }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const isGiven = (key: string) => valueAt(config, ...path, key) !== undefined
    const ignored = isGiven('client') ? VMCASTS_OWN.filter(isGiven) : []
    const missing = PAIR.filter((key) => !isGiven(key))
    const [half] = missing.length === 1 ? PAIR.filter(isGiven) : []
    return [
      ...ignored.map((key) =>
        error(config, [...path, key], {
          rule: 'target-setting',
          at: 'key',
          message: `${key} means nothing to ${textAt(config, ...path, 'client') ?? 'a client'}.`,
          remedy: 'Remove it: that program has ways of its own (docs/targets.md, “Grid clients”).',
        }),
      ),
      ...(half === undefined || ignored.includes(half)
        ? []
        : [
            error(config, [...path, half], {
              rule: 'target-identity',
              at: 'key',
              message: `${half} is given without ${missing.join('')}.`,
              remedy: 'Add it, or remove this one: the endorser’s certificate is shown then.',
            }),
          ]),
    ]
  })
}

/** What vmcast heeds when it speaks WebDAV itself, and a program does not. */
const VMCASTS_OWN = ['ca', 'certificate', 'key', 'singlePublisher'] as const
/** The one is worth nothing without the other. */
const PAIR = ['certificate', 'key'] as const

/** A name stands for one target's secrets; and what can need some has a name. */
export function targetsHaveTheirNames({ config }: Repository): readonly Finding[] {
  const seen = new Set<string>()
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const name = textAt(config, ...path, 'name')
    const need = name === null ? needOf(config, path) : null
    const twice = name !== null && seen.has(name)
    if (name !== null) seen.add(name)
    if (!need && !twice) return []
    return error(config, [...path, need?.key ?? 'name'], {
      rule: 'target-name',
      message: need ? `${need.what} needs a \`name\`.` : `Two targets have the name ${name ?? ''}.`,
      remedy: need
        ? `Add a \`name\`: ${need.variable} in the environment then says which host the credentials are for.`
        : 'Give each a name of its own.',
    })
  })
}

/** Why a target has to have a name: its credentials lie where any host could ask for them. */
function needOf(config: Repository['config'], path: Path) {
  if (textAt(config, ...path, 'endpoint') !== null)
    return {
      key: 'endpoint',
      what: 'A target with an `endpoint` of its own',
      variable: 'VMCAST_S3_<NAME>_HOST',
    }
  const scheme = schemeOf(textAt(config, ...path, 'to'))
  const isGrid = SPEAKERS.has(scheme) && (scheme !== 'davs' || textAt(config, ...path, 'client') !== null)
  return isGrid ? { key: 'to', what: 'A target of a grid client', variable: 'VMCAST_X509_<NAME>_HOST' } : null
}

const schemeOf = (to: string | null): string => parseDestination(to ?? '')?.scheme ?? ''
