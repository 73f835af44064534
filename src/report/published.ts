import type { Outcome, Report } from '../model.ts'
import { escapeMarkdown, markdownCode } from './escape.ts'

/** What `reconcile` or `publish` did, as Markdown for a job's summary. */
export function reportMarkdown({ lists }: Report): string {
  const rows = lists.flatMap((list) => ('uri' in list ? [row(list)] : []))
  return [
    ...(rows.length > 0 ? ['| list | version | until | |', '| --- | --- | --- | --- |', ...rows, ''] : []),
    ...lists.flatMap(noteLines),
    '',
  ].join('\n')
}

function row(list: Extract<Outcome, { uri: string }>): string {
  const isNew = list.state === 'published'
  const versions = isNew ? [list.version.from, list.version.to].filter((one) => one !== null) : [list.version]
  const cells = [
    `${escapeMarkdown(list.name)}<br>${cellCode(list.uri)}`,
    versions.map(cellCode).join(' → '),
    cellCode(list.expires),
    isNew ? `published and verified<br>sha256 ${cellCode(list.sha256)}` : 'as it should be',
  ]
  return `| ${cells.join(' | ')} |`
}

/** Within a table, a bar ends the cell even in code. */
const cellCode = (text: string): string => markdownCode(text).replaceAll('|', '\\|')

function noteLines(list: Outcome): string[] {
  const name = escapeMarkdown(list.name)
  if (list.state === 'published')
    return list.warnings.map((warning) => `- **Warning**, ${name}: ${escapeMarkdown(warning)}`)
  if (list.state === 'unchanged') return []
  const lines = list.failure.message.split('\n').map(escapeMarkdown)
  return [`- **${name}: ${list.state}.** ${lines.join('<br>')}<br>${escapeMarkdown(list.failure.remedy)}`]
}
