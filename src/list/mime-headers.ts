import { fault } from '../errors.ts'

export const broken = (reason: string, cause?: unknown) => fault('message-broken', { reason }, cause)

/** Bytes: longer headers are none. No mail program writes as many, and the rest is never looked at. */
const LONGEST_HEADERS = 64 * 1024

/** Bytes of a line (RFC 5322, section 2.1.1). */
const LONGEST_LINE = 998

/** Whether there is a line longer than mail allows: OpenSSL would take it for several. */
export function hasLongLine(text: string): boolean {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const next = end < 0 ? text.length : end
    if (next - at > LONGEST_LINE) return true
    at = next + 1
  }
  return false
}

/** What stands before the first empty line, and what comes after it. */
export function splitHeaders(text: string): { head: string; body: string } {
  const end = EMPTY_LINE.exec(text.slice(0, LONGEST_HEADERS))
  if (end) return { head: text.slice(0, end.index), body: text.slice(end.index + end[0].length) }
  return { head: text.slice(0, LONGEST_HEADERS), body: '' }
}

// Looking behind keeps these linear where a line has thousands of CRs.
const EMPTY_LINE = /(?:^|(?<!\r)\r*\n)\r*\n/
const LINE_END = /(?<!\r)\r*\n/
const FOLD = /(?<!\r)\r*\n[ \t]+/g

/** What mail has no use for, and OpenSSL takes for an end of the line or for a fold. */
const CONTROL = /[^\t\r\n -\xff]|\r(?![\r\n])/

/** Stands for a fold: it is none of the characters that may come. */
const FOLDED = '\f'

/**
 * The media type, in lower case, and the boundary; null where there is none. Throws `message-broken` where it
 * could be read in two ways: where something is said twice, or in a form that OpenSSL does not read as others do
 * (comments, and folds elsewhere than between parameters).
 */
export function readContentType(head: string): { type: string | null; boundary: string | null } {
  if (!/^content-type[ \t]*:/im.test(head)) return { type: null, boundary: null }
  if (hasLongLine(head) || CONTROL.test(head)) throw broken('it has headers that no mail program writes')
  const lines = head.replace(FOLD, FOLDED).split(LINE_END)
  const [value = '', another] = lines.flatMap((line) => /^content-type[ \t]*:(.*)$/i.exec(line)?.[1] ?? [])
  const [boundary, other] = parametersOf(value).filter(([name]) => name === 'boundary')
  if (another !== undefined || other) throw broken('its Content-Type or boundary is given twice')
  return { type: TYPE.exec(value)?.[1]?.toLowerCase() ?? null, boundary: boundary?.[1] ?? null }
}

const TYPE = /^[ \t\f]*([^; \t\f]+)[ \t]*(?=;|$)/
const PARAMETER = /;[ \t\f]*([^=;"() \t\f]+)[ \t]*=[ \t]*(?:"([^"\f]*)"|([^;"() \t\f]*))[ \t]*/y

/** Names, in lower case, and values of what follows the media type. */
function parametersOf(value: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  const start = TYPE.exec(value)?.[0].length ?? 0
  PARAMETER.lastIndex = start
  for (let at = start; at < value.length; at = PARAMETER.lastIndex) {
    const [, name, quoted, plain = ''] = PARAMETER.exec(value) ?? []
    if (name === undefined) {
      if (/^;?[ \t]*$/.test(value.slice(at))) break
      throw broken('its Content-Type has parameters that cannot be read')
    }
    found.push([name.toLowerCase(), quoted ?? plain])
  }
  return found
}
