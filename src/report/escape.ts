/** Characters that would act on a terminal, or hide or reorder what the reader sees. */
const ACTING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Text from elsewhere, fit to stand in a line of output: control, bidirectional and other invisible
 * characters are shown as escapes, and nothing in it is taken for a command by a CI runner (`::` at a
 * line's start, `##[` anywhere).
 */
export const escapeText = (text: string): string =>
  text
    .replace(ACTING, codePoint)
    .replace(/^(\s*):(?=:)/, '$1\\u003a')
    .replaceAll('##[', '#\\u0023[')

/** Text from elsewhere, fit to stand in a line of Markdown: it is shown as it is, and formats nothing. */
export const escapeMarkdown = (text: string): string =>
  escapeText(text)
    .replace(/[\\`*_{}[\]<>|~&#]/g, '\\$&')
    .replace(/^[-+=]|(?<=^\d+)[.)]/, '\\$&')
    // A comment between keeps the sign, and mentions nobody.
    .replaceAll('@', '@<!-- -->')

/** Text from elsewhere as a code span of Markdown. */
export function markdownCode(text: string): string {
  const shown = escapeText(text)
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return longest > 0 || shown.trim() === '' ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`
}

/** Lines from elsewhere as a block of code in Markdown. */
export function markdownBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text.split('\n').map(escapeText).join('\n').trimEnd()}\n${fence}\n`
}

/** JSON with the same characters escaped: they only ever stand inside its strings. */
export const escapeJson = (json: string): string =>
  json.replace(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u007f-\u009f]/gu, (char) =>
    Array.from({ length: char.length }, (_, unit) => hex(char.charCodeAt(unit))).join(''),
  )

function codePoint(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : hex(code)
}

const hex = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`
