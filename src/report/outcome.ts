import type { Outcome, Report } from '../model.ts'
import { escapeText } from './escape.ts'

/** What `reconcile` did, as text: a line a list, its warnings or its error below, and a summary. */
export const outcomeText = (report: Report): string =>
  [...report.lists.flatMap(describe), summary(report), ''].join('\n')

function describe(outcome: Outcome): string[] {
  const name = escapeText(outcome.name)
  switch (outcome.state) {
    case 'unchanged':
      return [
        `${name}: version ${escapeText(outcome.version)} is up to date, until ${escapeText(outcome.expires)}`,
      ]
    case 'published':
      return [
        `${name}: version ${escapeText(outcome.version.to)} published and verified, until ${outcome.expires}`,
        `  ${escapeText(outcome.uri)}`,
        `  sha256 ${outcome.sha256}`,
        ...outcome.warnings.map((warning) => `  Warning: ${escapeText(warning)}`),
      ]
    case 'refused':
    case 'failed':
      return [
        `${name}: ${outcome.state}, ${outcome.failure.code === 'read-back-differs' ? 'after it was swapped in' : 'nothing of it was published'}`,
        ...outcome.failure.message.split('\n').map((line) => `  ${escapeText(line)}`),
        `  ${escapeText(outcome.failure.remedy)}`,
      ]
  }
}

function summary({ lists }: Report): string {
  const count = (state: Outcome['state']) => lists.filter((list) => list.state === state).length
  if (lists.every(({ state }) => state === 'unchanged'))
    return 'Nothing to do: everything is published as it should be.'
  const parts = [
    `${count('published')} published`,
    `${count('unchanged')} unchanged`,
    `${count('refused')} refused`,
    `${count('failed')} failed`,
  ]
  return `Done: ${parts.join(', ')}.`
}

/** 1 if a list failed, else 3 if guards refused one, else 0. */
export function exitStatus({ lists }: Report): 0 | 1 | 3 {
  if (lists.some(({ state }) => state === 'failed')) return 1
  return lists.some(({ state }) => state === 'refused') ? 3 : 0
}
