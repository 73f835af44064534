import { isObject } from '../json.ts'
import type { Json, JsonObject } from '../model.ts'

/** As GitHub names the token of a workflow. Nobody can register a login with brackets. */
const AUTHOR = { login: 'github-actions[bot]', type: 'Bot' } as const

/**
 * The first line of a comment or issue that vmcast keeps: an HTML comment with `marker`, which says what it is about, and `data` for
 * the next run. Nothing in either can end the comment or the line.
 */
export const markLine = (marker: string, data: JsonObject): string =>
  `<!-- ${inert(JSON.stringify(marker).slice(1, -1))} ${inert(JSON.stringify(data))} -->`

/** Within JSON, both stand in strings only. */
const inert = (json: string): string => json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')

/** The data in the first line of `body`, if it is the line of `marker`; else null. */
export function readMark(marker: string, body: string): JsonObject | null {
  const [line = ''] = body.split(/\r?\n/, 1)
  const start = `<!-- ${inert(JSON.stringify(marker).slice(1, -1))} `
  const end = ' -->'
  if (!line.startsWith(start) || !line.endsWith(end)) return null
  try {
    const data = JSON.parse(line.slice(start.length, -end.length)) as Json
    return isObject(data) ? data : null
  } catch {
    return null
  }
}

/** What GitHub tells of a comment, or of an issue. */
interface Post {
  readonly user?: { readonly login: string; readonly type: string } | null
  readonly body?: string | null
}

/** Whether a workflow of this repository wrote it, under `marker`. Anybody can write the same line, but not as that author. */
export const isOurs = ({ user, body }: Post, marker: string): boolean =>
  user?.login === AUTHOR.login && user.type === AUTHOR.type && readMark(marker, body ?? '') !== null

/** Whether both say the same: what is edited in a browser comes back with other line ends. */
export const sameText = (one: string | null | undefined, other: string): boolean =>
  normal(one ?? '') === normal(other)

const normal = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd()
