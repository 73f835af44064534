import type { FailedList, ImagePlan, Plan, PlannedList } from '../model.ts'
import { escapeMarkdown, markdownCode } from './escape.ts'
import {
  imageFacts,
  keptText,
  listFacts,
  removedText,
  sinceText,
  targetFacts,
  trustTexts,
  type Fact,
} from './facts.ts'
import { MARKS, summary, SYMBOLS, tally } from './summary.ts'

/** A plan as Markdown, for a comment or a job's summary. */
export function planMarkdown(plan: Plan): string {
  const blocks = [
    headerLines(plan),
    legendLines(plan),
    ...plan.lists.map((list) => (list.action === 'failed' ? failedLines(list) : listLines(list))),
    [`Checksum: ${markdownCode(plan.checksum)}`],
    [`**${summary(plan)}**`],
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function headerLines(plan: Plan): string[] {
  const since = plan.changed ? ` ${sinceText(plan.changed)}` : ''
  return [
    ...targetFacts(plan).map(({ mark, match, to }) => {
      const sign = mark ? `\`${SYMBOLS[mark].sign}\` ` : ''
      const verb = mark === 'remove' ? 'Published' : 'Publishes'
      return `- ${sign}${verb} ${markdownCode(match)} to ${markdownCode(to)}${mark ? since : ''}`
    }),
    ...(plan.changed?.trust ? [`- \`${SYMBOLS.change.sign}\` Trust${since}`] : []),
    ...trustTexts(plan).map((text) => `- Trusts ${markdownCode(text)}`),
  ]
}

/** Only of the symbols that are used. */
function legendLines(plan: Plan): string[] {
  const counts = tally(plan)
  const used = MARKS.filter((mark) => counts[mark] > 0)
  return used.length === 0
    ? []
    : [used.map((mark) => `\`${SYMBOLS[mark].sign}\` ${SYMBOLS[mark].meaning}`).join(' · ')]
}

function listLines(list: PlannedList): string[] {
  const { action, name, title, version, expires, images, guards, warnings } = list
  const notes = [
    ...guards.map(
      ({ allow, message }) =>
        `- **Guard**, needs ${markdownCode(`--allow ${allow}`)}: ${escapeMarkdown(message)}`,
    ),
    ...warnings.map((warning) => `- **Warning**: ${escapeMarkdown(warning)}`),
  ]
  if (action === 'keep') {
    const state = `version ${markdownCode(version.to)}, until ${markdownCode(expires.to)}`
    return [`**${escapeMarkdown(name)}** is up to date: ${state}`, ...notes]
  }
  const kept = keptText(list)
  return [
    `### \`${SYMBOLS[action].sign}\` ${escapeMarkdown(name)}: ${escapeMarkdown(title)}`,
    '',
    ...listFacts(list, 'short').map((fact) => `- ${factText(fact)}`),
    ...images.flatMap(imageLines),
    ...(kept === null ? [] : [`- ${kept}`]),
    ...notes,
  ]
}

function imageLines(image: ImagePlan): string[] {
  if (image.action === 'keep') return []
  const sign = `\`${SYMBOLS[image.action].sign}\``
  if (image.action !== 'remove') {
    return [
      `- ${sign} **${escapeMarkdown(image.name)}**: ${escapeMarkdown(image.title)}`,
      ...imageFacts(image, 'short').map((fact) => `  - ${factText(fact)}`),
    ]
  }
  const why = [image.reason, image.advisory].filter((text) => text !== null).map(escapeMarkdown)
  return [
    `- ${sign} ${escapeMarkdown(removedText(image))}`,
    ...(why.length > 0 ? [`  - revoked: ${why.join(', ')}`] : []),
  ]
}

const failedLines = ({ name, failure }: FailedList): string[] => [
  `### \`${SYMBOLS.failed.sign}\` ${escapeMarkdown(name)}`,
  '',
  ...failure.message.split('\n').map((line) => `- ${escapeMarkdown(line)}`),
  `- ${escapeMarkdown(failure.remedy)}`,
]

const factText = ({ label, from, to }: Fact): string =>
  `${escapeMarkdown(label)}: ${from === null || from === to ? '' : `${markdownCode(from)} → `}${markdownCode(to)}`
