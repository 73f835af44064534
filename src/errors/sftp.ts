/** Targets: SFTP. A `place` is `sftp://host/`, with neither user nor key. */
export const sftpErrors = {
  'ssh-host-unknown': (d: { place: string; shown: readonly string[]; entry: string }) => ({
    message: `${d.place} is not known: nothing says that its key is ${d.shown.join(' or ')}.`,
    remedy: `Ask its administrator what \`ssh-keygen -lf\` prints for the key on the server; if it is the same, add ${d.entry}.`,
  }),
  'ssh-host-changed': (d: {
    place: string
    shown: readonly string[]
    accepted: readonly string[]
    entry: string
  }) => ({
    message: `${d.place} shows another key than it must: ${d.shown.join(' or ') || 'none of that type'}, not ${d.accepted.join(' or ')}.`,
    remedy: `Somebody may be in between: ask its administrator. Only if the key was changed on purpose, put in ${d.entry}.`,
  }),
  'ssh-no-identity': (d: { place: string; user: string; tried: readonly string[] }) => ({
    message: `There is no key to log in to ${d.place} as ${d.user} with: looked at ${d.tried.join(', ')}.`,
    remedy:
      'Set VMCAST_SSH_KEY to a key or its path, add `identity: PATH` to the target in vmcast.yaml, or start an agent.',
  }),
  'ssh-denied': (d: { place: string; user: string; tried: string }) => ({
    message: `${d.place} does not let ${d.user} in with ${d.tried}.`,
    remedy: 'Add the public key to that user’s authorized_keys on the server, or give the right key or user.',
  }),
  'ssh-key-unreadable': (d: { name: string; reason: string }) => ({
    message: `The SSH key (${d.name}) cannot be read: ${d.reason}.`,
    remedy: 'Give a private key as `ssh-keygen -t ed25519` makes it; `ssh-keygen -p -f KEY` converts others.',
  }),
  'ssh-key-exposed': (d: { path: string }) => ({
    message: `The SSH key ${d.path} can be read by other users.`,
    remedy: `Run \`chmod 600 ${d.path}\`; if others had access, make a new key.`,
  }),
  'ssh-passphrase-wrong': (d: { name: string }) => ({
    message: `The passphrase does not open the SSH key (${d.name}).`,
    remedy: 'Give the right one, at the prompt or as VMCAST_SSH_PASSPHRASE.',
  }),
  'ssh-no-common': (d: { place: string; reason: string }) => ({
    message: `vmcast and ${d.place} have no way in common to talk: ${d.reason}.`,
    remedy: 'Update the SSH server, or allow there what OpenSSH allows by default.',
  }),
  'sftp-off': (d: { place: string; reason: string }) => ({
    message: `${d.place} lets vmcast in, but offers no SFTP: ${d.reason}.`,
    remedy: 'Turn it on in sshd_config: `Subsystem sftp internal-sftp`.',
  }),
  'sftp-no-replace': (d: { place: string }) => ({
    message: `${d.place} cannot replace a file in one step: it does not offer posix-rename@openssh.com.`,
    remedy: 'Use OpenSSH on the server, or another kind of target: readers would see no list for a moment.',
  }),
  'sftp-failed': (d: { path: string; reason: string }) => ({
    message: `The server could not do what was asked at ${d.path}: ${d.reason}.`,
    remedy: 'Look into the server’s log; a quota, a full inode table and a broken disk all look like this.',
  }),
}
