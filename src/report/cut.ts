/** Of a comment or an issue: GitHub takes 65,536 characters, and something stands around this. */
export const LONGEST_COMMENT = 60_000

/**
 * Markdown that fits into `most` UTF-16 units: cut at a line's end, with `pointer` to the rest behind it. The last paragraphs stay: a plan
 * ends with its sum and its checksum. GitHub refuses longer comments and summaries as a whole.
 */
export function cutMarkdown(text: string, most: number, pointer: string): string {
  if (text.length <= most) return text
  const start = text.indexOf('\n\n', text.length - Math.floor(most / 50))
  const last = start < 0 ? '' : text.slice(start)
  const end = text.lastIndexOf('\n', most - pointer.length - last.length - 4)
  return `${text.slice(0, Math.max(end, 0))}\n\n${pointer}\n${last}`
}
