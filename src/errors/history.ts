/** The history of a list: its records and copies. */
export const historyErrors = {
  'record-malformed': (d: { reason: string }) => ({
    message: `It is no record of a publication: ${d.reason}.`,
    remedy: 'Look at who else writes to the history’s folder at the target.',
  }),
  'history-occupied': (d: { key: string }) => ({
    message: `Another file lies at ${d.key}, where the history of the list is to be kept; nothing was published.`,
    remedy: 'Look at it, and take it away if it is not yours; then run again.',
  }),
}
