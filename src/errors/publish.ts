/** Planning and publishing. */
export const publishErrors = {
  'guard-refused': (d: { guards: readonly { allow: string; message: string }[] }) => ({
    message: d.guards.map((guard) => guard.message).join('\n'),
    remedy: `If that is meant, run again with --allow ${[...new Set(d.guards.map((guard) => guard.allow))].join(',')}.`,
    exit: 3 as const,
  }),
  'version-without-number': (d: { name: string; version: string }) => ({
    message: `The hv:version ${d.version} of ${d.name} holds no number, so none can follow it.`,
    remedy: 'Give a dotted number as hv:version in its YAML file, higher than what subscribers have.',
  }),
}
