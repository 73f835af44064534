import type { Check } from '../list/check.ts'
import { escapeText } from '../report/escape.ts'

const LABELS = { passed: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const

/** A check as text: what was found, and what to do about it below. */
export function checkText({ result, message, remedy }: Check): string {
  const text = message.split('\n').map(escapeText).join('\n         ')
  return `${LABELS[result]}  ${text}${remedy === null ? '' : `\n         ${escapeText(remedy)}`}`
}

/** The exit status that checks lead to. */
export const statusOf = (checks: readonly Check[]): 0 | 1 =>
  checks.some(({ result }) => result === 'failed') ? 1 : 0
