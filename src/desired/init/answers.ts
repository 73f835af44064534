import { isPlainPrefix } from '../../address.ts'
import { fault } from '../../errors.ts'
import type { TargetConfig } from '../../model.ts'
import { kindOf, TARGET_KINDS } from '../rules/target-kinds.ts'

/** Who signs where: a robot's key in CI, with one machine or many to upload; or a person at home. */
export const PUBLISHING = ['robot', 'many', 'person'] as const
export type Publishing = (typeof PUBLISHING)[number]

/** What the secrets of a job that writes to a target depend on. */
export type Target = Pick<TargetConfig, 'to' | 'settings'>

/** Where a content repository publishes, as its vmcast.yaml says it or is going to. */
export interface Place {
  /** What published addresses begin with. */
  readonly address: string
  /** Where they are written to: that of `address` first. */
  readonly targets: readonly [Target, ...Target[]]
  /** The endorser's; null where nobody has said. */
  readonly certificate: string | null
}

/** What a new content repository depends on. */
export interface Answers extends Place {
  readonly publish: Publishing
}

/** What the templates say. */
export const TEMPLATE = {
  address: 'https://images.example.org/',
  to: 'sftp://publisher@images.example.org/srv/www/',
  publish: 'robot',
} as const

/** The `name` of a target whose secrets are bound to its host. */
export const BOUND_NAME = 'storage'

/** Where the files of an address most probably lie: on the machine that serves it. */
export const usualTarget = (address: string): string =>
  TEMPLATE.to.replace(new URL(TEMPLATE.address).hostname, new URL(address).hostname)

/** Why this is no address to publish below; null if it is one. */
export const addressFault = (address: string): string | null =>
  isPlainPrefix(address) && isPlain(address)
    ? null
    : 'write http(s)://host/folder/, with a / at the end and plain names between the others.'

/** Why nothing can be written there; null if it can. */
export const targetFault = (to: string): string | null =>
  kindOf(to)?.fits(to) && isPlain(to) && to.endsWith('/')
    ? null
    : `write it as one of ${[...new Set(Array.from(TARGET_KINDS.values(), ({ form }) => form))].join(', ')}.`

/** Stands in YAML and Markdown as it is. */
export const isPlain = (text: string): boolean => /^[\w.~/:@%+=,[\]-]+$/.test(text)

const isPublishing = (text: string): text is Publishing => PUBLISHING.some((one) => one === text)

const refuse = (option: string, reason: string) => fault('init-answer', { option, reason })

/** What was given, where it can be used. Throws `init-answer`. */
export function checkPlace({ address, to }: { readonly address: string; readonly to: string }): Place {
  const wrongAddress = addressFault(address)
  if (wrongAddress !== null) throw refuse('--address', wrongAddress)
  const wrongTarget = targetFault(to)
  if (wrongTarget !== null) throw refuse('--to', wrongTarget)
  return { address, targets: [{ to, settings: { name: BOUND_NAME } }], certificate: null }
}

/** Likewise. Throws `init-answer`. */
export function checkPublishing(publish: string): Publishing {
  if (!isPublishing(publish)) throw refuse('--publish', `write one of ${PUBLISHING.join(', ')}.`)
  return publish
}
