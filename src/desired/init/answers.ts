import { isPlainPrefix } from '../../address.ts'
import { fault } from '../../errors.ts'
import { kindOf, TARGET_KINDS } from '../rules/target-kinds.ts'

/** Who signs where: a robot's key in CI, with one machine or many to upload; or a person at home. */
export const PUBLISHING = ['robot', 'many', 'person'] as const
export type Publishing = (typeof PUBLISHING)[number]

/** What a new content repository depends on. */
export interface Answers {
  /** What all published addresses begin with. */
  readonly address: string
  /** The target: where that is written to. */
  readonly to: string
  readonly publish: Publishing
}

/** What the templates say. */
export const TEMPLATE: Answers = {
  address: 'https://images.example.org/',
  to: 'sftp://publisher@images.example.org/srv/www/',
  publish: 'robot',
}

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
const isPlain = (text: string): boolean => /^[\w.~/:@%+=,[\]-]+$/.test(text)

export const isPublishing = (text: string): text is Publishing => PUBLISHING.some((one) => one === text)

/** What was given, where it can be used. Throws `init-answer`. */
export function checkAnswers(given: {
  readonly address: string
  readonly to: string
  readonly publish: string
}): Answers {
  const { address, to, publish } = given
  const refuse = (option: string, reason: string) => fault('init-answer', { option, reason })
  const wrongAddress = addressFault(address)
  if (wrongAddress !== null) throw refuse('--address', wrongAddress)
  const wrongTarget = targetFault(to)
  if (wrongTarget !== null) throw refuse('--to', wrongTarget)
  if (!isPublishing(publish)) throw refuse('--publish', `write one of ${PUBLISHING.join(', ')}.`)
  return { address, to, publish }
}
