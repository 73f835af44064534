import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The names of those secrets that show in `text`, as they are, percent-encoded, or in base64 of either alphabet,
 * wherever in it they begin. Of a secret of several lines (a key), each long one counts.
 */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  const decoded = text.replaceAll('-', '+').replaceAll('_', '/')
  return Object.entries(secrets)
    .filter(([, secret]) =>
      piecesOf(secret).some(
        (piece) =>
          text.includes(piece) ||
          text.includes(encodeURIComponent(piece)) ||
          base64Of(piece).some((one) => decoded.includes(one)),
      ),
    )
    .map(([name]) => name)
}

const piecesOf = (secret: string): string[] =>
  secret.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'))

/** What is the same in any base64 of something that has `piece` in it, for each way to be aligned. */
const base64Of = (piece: string): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(piece)])
    const whole = text.subarray(0, text.length - (text.length % 3)).toString('base64')
    return whole.slice(Math.ceil((before * 8) / 6))
  })

/** The command lines of a process and of all that it started. */
export async function commandLines(pid: number): Promise<string[]> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '')
  const own = await read(`/proc/${pid}/cmdline`)
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const children = await Promise.all(tasks.map((task) => read(`/proc/${pid}/task/${task}/children`)))
  const pids = children.join(' ').trim().split(/\s+/).filter(Boolean).map(Number)
  return [own, ...(await Promise.all(pids.map(commandLines))).flat()]
}

/** All that is in the files below a folder; links are not followed. */
export async function textsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  return await Promise.all(files.map((path) => readFile(path, 'latin1').catch(() => '')))
}
