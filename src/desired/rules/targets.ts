import { isPlainPrefix, locate, parseDestination, type Destination } from '../../address.ts'
import type { Path } from '../../json.ts'
import { acceptedKeys } from '../../targets/sftp/known-hosts.ts'
import {
  addressOf,
  error,
  hasFile,
  itemsAt,
  targetsOf,
  textAt,
  type Finding,
  type Repository,
} from '../repository.ts'
import { kindOf, TARGET_KINDS } from './target-kinds.ts'

/** A target serves a plain prefix of addresses, and no two serve the same. */
export function targetsMatchPlainPrefixes({ config }: Repository): readonly Finding[] {
  const seen = new Set<string>()
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const match = textAt(config, ...path, 'match')
    if (match === null) return []
    const twice = seen.has(match)
    seen.add(match)
    if (isPlainPrefix(match) && !twice) return []
    return error(config, [...path, 'match'], {
      rule: 'target-match',
      message: twice ? `Two targets match ${match}.` : `${match} is no plain prefix of addresses.`,
      remedy: twice
        ? 'Remove one of them.'
        : 'Write http(s)://host/folder/ with a / at the end; no user, query, fragment, .., or escaped dots and slashes.',
    })
  })
}

/** `to` names a place of a kind that vmcast can write to, and holds no password. */
export function targetsHaveKnownPlaces({ config }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const to = textAt(config, ...path, 'to')
    if (to === null) return []
    const kind = kindOf(to)
    if (kind?.fits(to)) return []
    const forms = [...new Set([...TARGET_KINDS.values()].map(({ form }) => form))]
    return error(config, [...path, 'to'], {
      rule: 'target-to',
      // What does not fit may hold a password, and is not shown.
      message: kind
        ? `This target’s \`to\` is not of the form ${kind.form}.`
        : 'This target’s `to` is of no kind that vmcast knows.',
      remedy: kind
        ? 'Use plain names between slashes, a / at the end, no password, no ?, # or %.'
        : `Write it as one of: ${forms.join(', ')}.`,
    })
  })
}

/** No SSH server is trusted at first sight: vmcast.yaml says which key it shows. */
export function sshServersAreKnown({ config, knownHosts }: Repository): readonly Finding[] {
  return itemsAt(config, 'targets').flatMap(({ path }) => {
    const place = parseDestination(textAt(config, ...path, 'to') ?? '')
    if (place?.scheme !== 'sftp') return []
    const file = textAt(config, ...path, 'knownHosts')
    const pinned = textAt(config, ...path, 'hostKey') !== null
    if (pinned !== (file !== null))
      return file === null ? [] : hostsFileFault(config, [...path, 'knownHosts'], file, knownHosts, place)
    return error(config, [...path, pinned ? 'knownHosts' : 'to'], {
      rule: 'target-host-key',
      at: pinned ? 'key' : 'value',
      message: pinned
        ? 'hostKey and knownHosts are both given.'
        : `Nothing says which key ${place.host} has.`,
      remedy: pinned
        ? 'Remove one of them.'
        : `Add \`hostKey: SHA256:…\`: what the server’s administrator reads from \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`.`,
    })
  })
}

function hostsFileFault(
  config: Repository['config'],
  path: Path,
  file: string,
  knownHosts: Repository['knownHosts'],
  { host, port }: Destination,
): readonly Finding[] {
  const text = knownHosts.get(file)
  if (text === undefined) return []
  if (typeof text !== 'string') return [error(config, path, text)]
  if (acceptedKeys(text, host, port ?? 22).length > 0) return []
  const name = port === null || port === 22 ? host : `[${host}]:${port}`
  return [
    error(config, path, {
      rule: 'target-host-key',
      message: `${file} has no key of ${name} (or has it revoked).`,
      remedy: `Add the line that \`ssh-keyscan -p ${port ?? 22} ${host}\` prints, once the server’s administrator has confirmed its fingerprint.`,
    }),
  ]
}

/** Images go where image files can lie. */
export function imagesGoWhereFilesLie(repository: Repository): readonly Finding[] {
  const targets = targetsOf(repository)
  return repository.images.filter(hasFile).flatMap((image) => {
    const to = locate(targets, `${addressOf(image) ?? ''}image`)?.target.to
    if (to === undefined || !kindOf(to)?.listsOnly) return []
    return error(image, ['hv:uri'], {
      rule: 'target-lists-only',
      message: 'The target that serves this address takes lists only.',
      remedy: 'Publish the image at an address that another target serves.',
    })
  })
}
