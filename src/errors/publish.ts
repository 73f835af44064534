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
  'image-address-missing': (d: { title: string; uri: string }) => ({
    message: `There is nothing at ${d.uri}, the address of the image “${d.title}”.`,
    remedy: 'Put the file back there, or mend hv:uri; where a web server serves the target, check its root.',
  }),
  'image-address-size': (d: { title: string; uri: string; size: number; found: number }) => ({
    message: `The image “${d.title}” has ${d.size} bytes in the list, but ${d.found} at ${d.uri}.`,
    remedy: 'Mend hv:size and sl:checksum:sha512, or put the right file back.',
  }),
  'own-list-refused': (d: { uri: string; reasons: readonly string[] }) => ({
    message: `Subscribers would refuse the list for ${d.uri}, so it was not published: ${d.reasons.join('; ')}.`,
    remedy: 'Mend what is named; `vmcast validate` may say where it stands.',
  }),
  'read-back-differs': (d: { uri: string }) => ({
    message: `The list for ${d.uri} was published, but something else was read back.`,
    remedy: 'Look at the target at once: another publisher, or a broken disk. Then run again.',
  }),
}
