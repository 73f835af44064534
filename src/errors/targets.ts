/** Targets: where files and lists are written. */
export const targetErrors = {
  'target-conflict': (d: { key: string }) => ({
    message: `Somebody else published ${d.key} meanwhile.`,
    remedy: 'Run again: the plan is made anew on what is there now.',
  }),
}
