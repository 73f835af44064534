/** What a workflow asks of the action, and what stands in its way. */
export const actionErrors = {
  'input-unknown': (d: { input: string; given: string; known: readonly string[] }) => ({
    message: `The input ${d.input} is “${d.given}”, which means nothing.`,
    remedy: `Give it under \`with:\` as one of: ${d.known.join(', ')}.`,
  }),
  'input-missing': (d: { input: string; command: string }) => ({
    message: `The command ${d.command} needs the input ${d.input}.`,
    remedy: `Give it under \`with:\`, as in \`${d.input}: …\`; action.yml says what it is.`,
  }),
  'input-unfit': (d: { input: string; command: string }) => ({
    message: `The command ${d.command} takes no input ${d.input}.`,
    remedy: 'Leave it out here, and give it to plan or reconcile.',
  }),
  'github-token-missing': () => ({
    message: 'This step has no token for GitHub.',
    remedy: 'Run the action as a step of a workflow, which gives it one.',
  }),
}
