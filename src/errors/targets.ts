/** Targets: where files and lists are written. */
export const targetErrors = {
  'target-interrupted': (d: { place: string; reason: string }) => ({
    message: `The connection to ${d.place} failed: ${d.reason}.`,
    remedy: 'Check the network and the server, then run again: it goes on where it can.',
  }),
  'target-unreachable': (d: { place: string; reason: string }) => ({
    message: `${d.place} cannot be reached: ${d.reason}.`,
    remedy:
      'Check host and port in the target’s `to` (or `endpoint`), the network, and whether the server runs.',
  }),
  'target-unverified': (d: { path: string; reason: string }) => ({
    message: `What was written to ${d.path} is not what was sent: ${d.reason}.`,
    remedy: 'Check the server’s disk, then run again; nothing was published.',
  }),
  'secret-unbound': (d: { variable: string; host: string; isSet: boolean }) => ({
    message: d.isSet
      ? `${d.variable} names another host than ${d.host}, to which vmcast.yaml would send credentials.`
      : `Nothing says that ${d.host} may have the credentials that are for it in vmcast.yaml.`,
    remedy: `If that host is right, set ${d.variable}=${d.host} where the credentials are set, not in the repository.`,
  }),
  'no-target': (d: { uri: string }) => ({
    message: `No target in vmcast.yaml serves ${d.uri}.`,
    remedy: 'Add a target whose `match` is a prefix of it.',
  }),
  'target-conflict': (d: { key: string }) => ({
    message: `Somebody else published ${d.key} meanwhile.`,
    remedy: 'Run again: the plan is made anew on what is there now.',
  }),
  'target-scheme': (d: { scheme: string; known: readonly string[] }) => ({
    message: `No target is known for ${d.scheme}.`,
    remedy: `Begin the target’s \`to\` in vmcast.yaml with one of: ${d.known.join(', ')}.`,
  }),
  'target-address': (d: { reason: string }) => ({
    message: `The address of a target is not usable: ${d.reason}.`,
    remedy: 'Mend the target’s `to` in vmcast.yaml, as docs/targets.md shows.',
  }),
  'target-key': (d: { key: string }) => ({
    message: `${d.key} cannot be the name of a file at a target.`,
    remedy: 'Use plain names: letters, digits and ._~+=@,- between slashes.',
  }),
  'target-no-parent': (d: { path: string }) => ({
    message: `The folder ${d.path}, in which the target’s folder would be made, does not exist.`,
    remedy: 'Create it (or mount what belongs there), or mend the target’s `to` in vmcast.yaml.',
  }),
  'target-full': (d: { path: string }) => ({
    message: `There is no space left for ${d.path}.`,
    remedy: 'Free some space on the target’s disk (or raise its quota), then run again.',
  }),
  'target-read-only': (d: { path: string }) => ({
    message: `${d.path} lies on a read-only file system.`,
    remedy: 'Mount it writable, or mend the target’s `to` in vmcast.yaml.',
  }),
  'target-denied': (d: { path: string }) => ({
    message: `Permission denied at ${d.path}.`,
    remedy: 'Give the user that runs vmcast write permission to the target’s folder.',
  }),
  'target-link': (d: { path: string }) => ({
    message: `${d.path} is a symbolic link; below a target’s folder none is followed.`,
    remedy: 'Replace it by a real folder or file, or make what it points to a target of its own.',
  }),
  'target-not-file': (d: { path: string }) => ({
    message: `${d.path} is in the way: it is not what has to be there.`,
    remedy: 'Move it away: folders must be folders, and files regular files.',
  }),
  'target-too-large': (d: { path: string; limit: number }) => ({
    message: `${d.path} is larger than ${d.limit} bytes.`,
    remedy: 'Check what was put there.',
  }),
  'target-occupied': (d: { path: string }) => ({
    message: `There is another file at ${d.path}, and published files are never overwritten.`,
    remedy: 'Find out where it comes from (a broken disk, another program), and move it away.',
  }),
  'target-busy': (d: { path: string; owner: string }) => ({
    message: `Somebody else is writing ${d.path} right now: ${d.owner}.`,
    remedy: 'Wait until that run is done, then run again.',
  }),
  'target-lock-foreign': (d: { path: string; host: string }) => ({
    message: `The target is locked from another machine or container (${d.host}), and nobody can tell from here whether that run is alive.`,
    remedy: `If no vmcast runs there any more, remove ${d.path}, then run again.`,
  }),
  'target-lock-lost': (d: { path: string }) => ({
    message: `The lock ${d.path} was taken away during the work; nothing was published.`,
    remedy: 'Find out who removes lock files, then run again.',
  }),
  'target-failed': (d: { path: string; reason: string }) => ({
    message: `Writing or reading ${d.path} failed: ${d.reason}.`,
    remedy: 'Check the target’s disk and file system: it needs hard links and symbolic links.',
  }),
}
