import { DAY, formatTime, parseTime } from '../dates.ts'
import { textOf } from '../json.ts'
import type { Failure, ListPlan, ListStatus, Observation, Plan, World } from '../model.ts'
import { escapeMarkdown, escapeText } from './escape.ts'
import { tableLines } from './table.ts'

/** How near its end, in milliseconds, a list or the certificate of its signer is an alarm. */
export interface Within {
  readonly list: number
  readonly certificate: number
}

/** How every list of a plan stands. */
export const statusOf = ({ lists }: Plan, world: World, within: Within): ListStatus[] =>
  lists.map((list) => statusOfList(list, world.lists.get(list.name), world.now, within))

function statusOfList(
  list: ListPlan,
  observed: Observation | Failure | undefined,
  now: Date,
  within: Within,
): ListStatus {
  const intact = observed?.state === 'intact' ? observed : null
  const keys = intact?.list.keys ?? {}
  const ends = parseTime(textOf(keys, 'dc:date:expires'))
  const rolledBack = list.action === 'failed' ? null : list.rolledBack
  return {
    name: list.name,
    version: textOf(keys, 'hv:version'),
    signer: intact && intact.signer,
    countersigners: intact ? intact.countersigners : [],
    expires: ends && formatTime(ends),
    daysLeft: ends && daysUntil(ends, now),
    certificateEnds: intact && formatTime(intact.certificatesEnd),
    certificateDaysLeft: intact && daysUntil(intact.certificatesEnd, now),
    drift: list.action,
    rolledBack,
    alarms: [
      ...(list.action === 'failed' ? [list.failure.message] : []),
      ...(observed?.state === 'broken' ? [`It is no intact list: ${observed.reason}.`] : []),
      ...(intact?.untrusted ? [`It is no longer trusted: ${intact.untrusted}.`] : []),
      ...(rolledBack ? [`rolled-back: version ${rolledBack.version} was published before.`] : []),
      ...(intact ? endAlarm('The list', ends, now, within.list) : []),
      ...(intact
        ? endAlarm('A certificate that it was signed with', intact.certificatesEnd, now, within.certificate)
        : []),
    ],
  }
}

const daysUntil = (end: Date, now: Date): number => Math.floor((end.getTime() - now.getTime()) / DAY)

function endAlarm(what: string, end: Date | null, now: Date, within: number): string[] {
  if (!end) return [`${what} does not say when it ends.`]
  if (end <= now) return [`${what} ended at ${formatTime(end)}.`]
  return end.getTime() - now.getTime() <= within ? [`${what} ends at ${formatTime(end)}.`] : []
}

const DRIFT: Readonly<Record<ListPlan['action'], string>> = {
  add: 'not published yet',
  change: 'changes',
  renew: 'to be renewed',
  keep: 'as in git',
  failed: 'cannot be told',
}

/** What somebody must look at where lists should be as in git, and none be left to be renewed: alarms, and what publishing would do. */
export const concernsOf = ({ alarms, drift }: ListStatus): readonly string[] =>
  drift === 'keep' || drift === 'failed' ? alarms : [...alarms, CONCERNS[drift]]

const CONCERNS = {
  add: 'It is in git, and not published.',
  change:
    'What is published is not what is in git: somebody published by hand, or a merge was not published.',
  renew: 'It is to be signed anew, and was not.',
} as const

/** The same as Markdown, and all concerns below it. */
export function statusMarkdown(lists: readonly ListStatus[]): string {
  const rows = lists.map((list) => cellsOf(list).map(escapeMarkdown).join(' | '))
  const concerns = lists.flatMap((list) =>
    concernsOf(list).map((concern) => `- **${escapeMarkdown(list.name)}**: ${escapeMarkdown(concern)}`),
  )
  return [
    `| ${HEADINGS.map((heading) => heading.toLowerCase()).join(' | ')} |`,
    `|${' --- |'.repeat(HEADINGS.length)}`,
    ...rows.map((row) => `| ${row} |`),
    '',
    ...(concerns.length > 0 ? concerns : ['All is as it should be.']),
    '',
  ].join('\n')
}

const HEADINGS = ['LIST', 'VERSION', 'ENDS IN', 'CERTIFICATE', 'IN GIT', 'SIGNER']

const cellsOf = (list: ListStatus): string[] => [
  list.name,
  list.version ?? 'none',
  daysText(list.daysLeft),
  daysText(list.certificateDaysLeft),
  DRIFT[list.drift],
  [...(list.signer ? [list.signer] : []), ...list.countersigners].map(({ dn }) => dn).join(', then '),
]

/** The same as a table, and all alarms below it. */
export function statusText(lists: readonly ListStatus[]): string {
  const alarms = lists.flatMap(({ name, alarms: all }) =>
    all.map((alarm) => `! ${escapeText(`${name}: ${alarm}`)}`),
  )
  return `${[...tableLines(HEADINGS, lists.map(cellsOf)), ...alarms].join('\n')}\n`
}

function daysText(days: number | null): string {
  if (days === null) return ''
  if (days < 0) return 'ended'
  return days === 1 ? '1 day' : `${days} days`
}
