import type { History, HistoryEntry, RecordedRemoval } from '../model.ts'
import { escapeText } from './escape.ts'
import { tableLines } from './table.ts'

/** Whether nothing is missing, nothing was changed, and the last publication is the one that is out there. */
export const isUnbroken = ({ entries, faults, rolledBack, version }: History): boolean =>
  faults.length === 0 &&
  rolledBack === null &&
  (entries.length > 0 || version === null) &&
  entries.every((entry) => entry.faults.length === 0)

/** A history as a table, newest first; below each line why images left, and what is wrong with it; then the verdict. */
export function historyText(history: History): string {
  const { entries, beginning } = history
  const [heading = '', ...lines] = tableLines(
    ['VERSION', 'PUBLISHED', 'COMMIT', 'IMAGES', 'SIGNER'],
    entries.map(({ version, record, content, signer }) => [
      version,
      record?.published ?? '?',
      record ? (record.commit ?? '-').replace(/^([0-9a-f]{10})[0-9a-f]*/, '$1') : '?',
      String(content?.images.length ?? record?.images.length ?? '?'),
      signer?.dn ?? '?',
    ]),
  )
  return [
    ...(entries.length > 0 ? [heading] : []),
    ...entries.flatMap((entry, at) => [lines[at] ?? '', ...noteLines(entry)]),
    ...(beginning ? [`Before that: ${beginningText(beginning)}`] : []),
    verdictText(history),
    '',
  ].join('\n')
}

function noteLines({ record, countersigners, faults, untrusted }: HistoryEntry): string[] {
  return [
    ...countersigners.map(({ dn }) => `  + countersigned by ${escapeText(dn)}`),
    ...(record?.removed ?? []).map((image) => `  - ${escapeText(removalText(image))}`),
    ...faults.map((text) => `  ! ${escapeText(text)}`),
    ...(untrusted === null ? [] : [`  Warning: ${escapeText(untrusted)}`]),
  ]
}

function removalText({ title, version, identifier, reason, advisory }: RecordedRemoval): string {
  const why = [reason ?? 'no reason was given', advisory].filter((text) => text !== null).join(', ')
  return `${title}${version === null ? '' : ` ${version}`} (${identifier}) left: ${why}`
}

const beginningText = ({ version, sha256 }: NonNullable<History['beginning']>): string =>
  `${version === null ? 'a list that could not be read' : `version ${escapeText(version)}`}, without a record (sha256 ${sha256.slice(0, 16)}…)`

/** What to think of it all; a line for each thing that is wrong. */
export function verdictText(history: History): string {
  const { list, version, entries, faults, rolledBack } = history
  const wrong = entries.filter((entry) => entry.faults.length > 0).length
  const problems = [
    ...(rolledBack
      ? [
          `rolled-back: version ${rolledBack.version} was published, and ${version ?? 'nothing'} is out there.`,
        ]
      : []),
    ...faults,
    ...(wrong > 0
      ? [`The history of ${list} is broken at ${wrong} of its ${entries.length} publications.`]
      : []),
    ...(entries.length === 0 && version !== null ? [`Version ${version} of ${list} has no history.`] : []),
  ]
  if (problems.length > 0) return problems.map((text) => `! ${escapeText(text)}`).join('\n')
  if (entries.length === 0) return `${escapeText(list)} is not published.`
  const count = entries.length === 1 ? 'publication' : 'publications'
  return `The history of ${escapeText(list)} is unbroken: ${entries.length} ${count}.`
}
