import { readFile } from 'node:fs/promises'

/** Bytes of the summary that one step may write. */
const LARGEST_SUMMARY = 1024 * 1024

/** Reads a file of settings, as a step writes them into GITHUB_OUTPUT: `NAME=VALUE`, or with a delimiter. */
export async function readSettings(path: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/)
  const settings = new Map<string, string>()
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line === '') continue
    const [, name = '', mark = '', rest = ''] = /^([\w-]+)(=|<<)(.*)$/.exec(line) ?? []
    if (name === '') throw new Error(`Not a setting: ${line}`)
    if (mark === '=') {
      settings.set(name, rest)
      continue
    }
    const end = lines.indexOf(rest, at + 1)
    if (end < 0) throw new Error(`${name} does not end: there is no ${rest}`)
    settings.set(name, lines.slice(at + 1, end).join('\n'))
    at = end
  }
  return settings
}

/** What a step has added to the job's summary; throws where GitHub would not take it. */
export async function readSummary(path: string): Promise<string> {
  const bytes = await readFile(path)
  if (bytes.length > LARGEST_SUMMARY)
    throw new Error(`A summary of ${bytes.length} bytes is larger than GitHub takes`)
  return bytes.toString('utf8')
}
