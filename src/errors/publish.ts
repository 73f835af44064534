/** Planning and publishing. */
export const publishErrors = {
  'list-elsewhere': (d: { uri: string }) => ({
    message: `There is a list at ${d.uri}, but its target in vmcast.yaml holds none.`,
    remedy:
      'If the target was changed, copy what the old one holds (lists and images) to the new one first; if not, mend its `to`.',
  }),
  interrupted: () => ({
    message: 'Stopped before the end.',
    remedy: 'Run again: it goes on where it can.',
    exit: 130 as const,
  }),
  'guard-refused': (d: { guards: readonly { allow: string; message: string }[] }) => ({
    message: d.guards.map((guard) => guard.message).join('\n'),
    remedy: `If that is meant, run again with --allow ${[...new Set(d.guards.map((guard) => guard.allow))].join(',')}.`,
    exit: 3 as const,
  }),
  'guard-unknown': (d: { given: string; known: readonly string[] }) => ({
    message: `--allow names ${d.given}, which is no guard.`,
    remedy: `Name what the plan asks for: ${d.known.join(', ')}.`,
  }),
  'version-without-number': (d: { name: string; version: string }) => ({
    message: `The hv:version ${d.version} of ${d.name} holds no number, so none can follow it.`,
    remedy: 'Give a dotted number as hv:version in its YAML file, higher than what subscribers have.',
  }),
  'version-lost': (d: { name: string }) => ({
    message: `The last hv:version of ${d.name} cannot be read from what is published, so it is not known what must follow.`,
    remedy: 'Give an hv:version in its YAML file, higher than any that was ever published.',
  }),
  'version-leap': (d: { name: string; there: string | null; version: string; by: 'history' | 'tag' }) => ({
    message: `rolled-back: ${d.by === 'history' ? 'the history' : 'a tag of this repository'} says that version ${d.version} of ${d.name} was published, but ${d.there === null ? 'no version' : d.there} is out there, which is too far away to believe: versions never fall again.`,
    remedy: `${d.by === 'history' ? 'Find out who wrote that history' : `If that is wrong, delete the tag published/${d.name}/${d.version} here and where it came from`}; if it is right, give that hv:version in the YAML file of the list.`,
  }),
  'version-not-higher': (d: { name: string; version: string; rival: string }) => ({
    message: `Subscribers would not take the hv:version ${d.version} of ${d.name} for higher than ${d.rival}, which is published too.`,
    remedy: 'Give an hv:version in its YAML file that is higher than both.',
  }),
  'version-unseen': (d: { name: string }) => ({
    message: `The image ${d.name} needs a new hv:version, but another list that it is on cannot be looked at, and may hold a higher one.`,
    remedy: 'See to it that the other list can be read, then run again.',
  }),
  'list-not-observed': (d: { name: string }) => ({
    message: `The published image list ${d.name} was not looked at.`,
    remedy: 'Run again; if that does not help, report a bug in vmcast.',
  }),
  'image-unknown': (d: { name: string; list: string }) => ({
    message: `The list ${d.list} names the image ${d.name}, which has no file in images/.`,
    remedy: `Write images/${d.name}.yaml, or take the name off the list.`,
  }),
  'other-list-there': (d: { uri: string; identifier: string; found: string }) => ({
    message: `At ${d.uri} lies another list: its dc:identifier is ${d.found}, not ${d.identifier}.`,
    remedy: 'Mend hv:uri or dc:identifier in the YAML file; subscribers would refuse the list.',
  }),
  'list-from-future': (d: { uri: string; created: string }) => ({
    message: `The list at ${d.uri} says that it was made at ${d.created}, which is still to come.`,
    remedy: 'Set the clock of this machine, or wait until then.',
  }),
  'endorser-differs': (d: { list: string; key: string; given: string; signer: string }) => ({
    message: `The ${d.key} of ${d.list} is ${d.given}, but the signing certificate says ${d.signer}.`,
    remedy: `Sign with the endorser's certificate, or leave ${d.key} out: vmcast takes it from the certificate.`,
  }),
  'certificate-ended': (d: { dn: string; end: string }) => ({
    message: `The certificate of ${d.dn} ended at ${d.end}, so nothing can be signed with it.`,
    remedy: 'Get a new certificate, and name it under signing in vmcast.yaml.',
  }),
  'plan-differs': (d: { differences: readonly string[] }) => ({
    message: `The plan is not the one that was approved:\n${d.differences.map((line) => `  ${line}`).join('\n')}`,
    remedy: 'Look at the plan as it is now, and have that one approved.',
  }),
  'not-a-renewal': (d: { list: string }) => ({
    message: `${d.list} is not only to be renewed: it would change, and nobody has approved that.`,
    remedy:
      'Look at its plan, and publish that: the checksum that stands there is its approval (`--expect`).',
    exit: 3 as const,
  }),
  'format-unknown': (d: { given: string; known: readonly string[] }) => ({
    message: `There is no format ${d.given}.`,
    remedy: `Give --format one of: ${d.known.join(', ')}.`,
  }),
  'approval-unknown': (d: { given: string }) => ({
    message: `“${d.given}” is no checksum of a plan.`,
    remedy:
      'Give --expect what stands behind “Checksum:” in the plan, as in v1-0123…, or `renewals`. (`approved` is for the GitHub Action.)',
  }),
  'approved-twice': () => ({
    message: 'Both --plan and --expect say what was approved.',
    remedy: 'Give one of them.',
  }),
  'list-not-planned': (d: { message: string; remedy: string }) => ({ message: d.message, remedy: d.remedy }),
  'image-address-missing': (d: { title: string; uri: string }) => ({
    message: `There is nothing at ${d.uri}, the address of the image “${d.title}”.`,
    remedy: 'Put the file back there, or mend hv:uri; where a web server serves the target, check its root.',
  }),
  'image-address-unasked': (d: { title: string; reason: string }) => ({
    message: `Subscribers may not get the image “${d.title}”: ${d.reason}`,
    remedy:
      'Start the web server that serves the target; or, if it cannot be reached from here, say public: false at the target.',
  }),
  'image-address-size': (d: { title: string; uri: string; size: number; found: number }) => ({
    message: `The image “${d.title}” has ${d.size} bytes in the list, but ${d.found} at ${d.uri}.`,
    remedy: 'Mend hv:size and sl:checksum:sha512, or put the right file back.',
  }),
  'own-list-refused': (d: { uri: string; reasons: readonly string[] }) => ({
    message: `Subscribers would refuse the list for ${d.uri}, so it was not published. ${d.reasons.join(' ')}`,
    remedy: 'Mend what is named; `vmcast validate` may say where it stands.',
  }),
  'own-list-too-large': (d: { uri: string; size: number }) => ({
    message: `The list for ${d.uri} has ${d.size} bytes, more than subscribers (and vmcast) read.`,
    remedy: 'Spread its images over several lists.',
  }),
  'read-back-differs': (d: { uri: string }) => ({
    message: `The list for ${d.uri} was published, but something else was read back.`,
    remedy: 'Look at the target at once: another publisher, or a broken disk. Then run again.',
  }),
}
