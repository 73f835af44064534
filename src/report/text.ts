import { styleText } from 'node:util'
import type { FailedList, ImagePlan, Plan, PlannedList } from '../model.ts'
import { escapeText } from './escape.ts'
import {
  imageFacts,
  keptText,
  listFacts,
  removedText,
  sinceText,
  targetFacts,
  trustTexts,
  type Detail,
  type Fact,
} from './facts.ts'
import { MARKS, summary, SYMBOLS, tally, type Mark } from './summary.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

const STYLES: Readonly<Record<Mark, Style>> = {
  add: 'green',
  change: 'yellow',
  remove: 'red',
  renew: 'cyan',
  failed: 'red',
}

// Whether the stream is a terminal is the caller's to know.
const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text

/** A plan as text for a terminal or a log; `colour` adds colours, and changes nothing else. */
export function planText(plan: Plan, { colour }: { colour: boolean }): string {
  const paint = painter(colour)
  const blocks = [
    headerLines(plan, paint),
    legendLines(plan, paint),
    ...plan.lists.map((list) =>
      list.action === 'failed' ? failedLines(list, paint) : listLines(list, paint, 'short'),
    ),
    [`Checksum: ${plan.checksum}`],
    [paint('bold', summary(plan))],
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function headerLines(plan: Plan, paint: Paint): string[] {
  const targets = targetFacts(plan)
  const since = plan.changed ? ` ${sinceText(plan.changed)}` : ''
  return [
    ...(targets.length > 0 ? [`Publishes to${targets.some(({ mark }) => mark) ? since : ''}`] : []),
    ...targets.map(
      ({ mark, match, to }) => `${mark ? signOf(mark, paint) : ' '} ${escapeText(match)} → ${escapeText(to)}`,
    ),
    plan.changed?.trust ? `${signOf('change', paint)} Trusts${since}` : 'Trusts',
    ...trustTexts(plan).map((text) => `  ${escapeText(text)}`),
  ]
}

/** One list with all that there is to tell of it: for the difference of two editions. */
export const listText = (list: PlannedList, { colour }: { colour: boolean }): string =>
  `${listLines(list, painter(colour), 'whole').join('\n')}\n`

/** Only of the symbols that are used. */
function legendLines(plan: Plan, paint: Paint): string[] {
  const counts = tally(plan)
  return MARKS.filter((mark) => counts[mark] > 0).map(
    (mark) => `${signOf(mark, paint)} ${SYMBOLS[mark].meaning}`,
  )
}

function listLines(list: PlannedList, paint: Paint, detail: Detail): string[] {
  const { action, name, title, version, expires, images, guards, warnings } = list
  const notes = [
    ...guards.map(({ allow, message }) =>
      paint('yellow', `  ! needs --allow ${escapeText(allow)}: ${escapeText(message)}`),
    ),
    ...warnings.map((warning) => paint('yellow', `  Warning: ${escapeText(warning)}`)),
  ]
  if (action === 'keep') {
    return [
      `  ${escapeText(name)} is up to date: version ${escapeText(version.to)}, until ${escapeText(expires.to)}`,
      ...notes,
    ]
  }
  const kept = keptText(list)
  return [
    paint('bold', `${signOf(action, paint)} ${escapeText(name)}: ${escapeText(title)}`),
    ...factLines(listFacts(list, detail), '    '),
    ...images.flatMap((image) => imageLines(image, paint, detail)),
    ...(kept === null ? [] : [`  ${kept}`]),
    ...notes,
  ]
}

function imageLines(image: ImagePlan, paint: Paint, detail: Detail): string[] {
  if (image.action === 'keep') return []
  const sign = signOf(image.action, paint)
  if (image.action !== 'remove') {
    return [
      `  ${sign} ${escapeText(image.name)}: ${escapeText(image.title)}`,
      ...factLines(imageFacts(image, detail), '      '),
    ]
  }
  const why = [image.reason, image.advisory].filter((text) => text !== null).join(', ')
  const reason = why === '' ? [] : [`      revoked: ${escapeText(why)}`]
  return [`  ${sign} ${escapeText(removedText(image))}`, ...reason]
}

const failedLines = ({ name, failure }: FailedList, paint: Paint): string[] => [
  paint('bold', `${signOf('failed', paint)} ${escapeText(name)}`),
  ...failure.message.split('\n').map((line) => `    ${escapeText(line)}`),
  `    ${escapeText(failure.remedy)}`,
]

const WIDTH = 100

function factLines(facts: readonly Fact[], indent: string): string[] {
  const width = Math.max(...facts.map(({ label }) => escapeText(label).length))
  return facts.map(({ label, from, to }) => {
    const start = `${indent}${escapeText(label).padEnd(width)}  `
    if (from === null || from === to) return start + escapeText(to)
    const line = `${start}${escapeText(from)} → ${escapeText(to)}`
    if (line.length <= WIDTH) return line
    return `${start}${escapeText(from)}\n${' '.repeat(start.length)}→ ${escapeText(to)}`
  })
}

const signOf = (mark: Mark, paint: Paint): string => paint(STYLES[mark], SYMBOLS[mark].sign)
