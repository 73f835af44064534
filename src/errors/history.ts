/** The history of a list: its records and copies. */
export const historyErrors = {
  'history-none': (d: { uri: string }) => ({
    message: `The target of ${d.uri} takes nothing but lists, and keeps no history of them.`,
    remedy: 'Look into the git history of this repository instead.',
  }),
  'span-unknown': (d: { given: string }) => ({
    message: `${d.given} is no span of time.`,
    remedy: 'Give one such as 7d, 12h or 2w.',
  }),
  'history-version': (d: { list: string; version: string; known: readonly string[] }) => ({
    message: `The history of ${d.list} holds no intact copy of version ${d.version}.`,
    remedy: `Give a version that it holds: ${d.known.join(', ')}.`,
  }),
  'record-malformed': (d: { reason: string }) => ({
    message: `It is no record of a publication: ${d.reason}.`,
    remedy: 'Look at who else writes to the history’s folder at the target.',
  }),
}
