/** Targets: The EGI AppDB. */
export const appdbErrors = {
  'appdb-lists-only': (d: { work: string }) => ({
    message: `The EGI AppDB is a catalogue of lists: it cannot ${d.work}.`,
    remedy:
      'Add a target for the image files to vmcast.yaml, whose longer `match` serves their hv:uri; the list’s own stays at the AppDB.',
  }),
  'appdb-no-action': () => ({
    message: 'The target would neither hand a list in nor publish it.',
    remedy: 'Leave `insert` or `enable` of the target in vmcast.yaml out, or set one of them to true.',
  }),
  'appdb-no-user': (d: { variable: string }) => ({
    message: `The target identifies by password (${d.variable}), but its \`to\` names no user.`,
    remedy: 'Write the target’s `to` in vmcast.yaml as egiappdb://USER@HOST/PATH/.',
  }),
  'appdb-no-password': (d: { user: string; variable: string }) => ({
    message: `No password is given for the user ${d.user}.`,
    remedy: `Set ${d.variable}, and ${d.variable}_HOST beside it; or identify by certificate (\`auth: x509\`).`,
  }),
  'appdb-denied': (d: { place: string; who: string; status: number }) => ({
    message: `The AppDB does not let ${d.who} publish at ${d.place} (status ${d.status}).`,
    remedy: 'Check the account’s rights in the AppDB, and that it knows this certificate or password.',
  }),
  'appdb-refused': (d: { place: string; status: string; reasons: readonly string[] }) => ({
    message: `The AppDB answers “${d.status}” at ${d.place}: ${d.reasons.join('; ')}.`,
    remedy: 'Mend what it names, in the list’s YAML or in the AppDB, then run again.',
  }),
  'appdb-redirected': (d: { place: string; to: string }) => ({
    message: `${d.place} redirects to ${d.to}, and no list or credential is sent after it.`,
    remedy: 'Write the address that it leads to as the target’s `to`, without x509/ or sso/ at its end.',
  }),
  'appdb-unanswered': (d: { place: string; reason: string; uri: string }) => ({
    message: `The list was sent to ${d.place}, but whether it arrived is unknown: ${d.reason}.`,
    remedy: `Wait until ${d.uri} shows it, or some minutes, then run again: what arrived is not sent twice.`,
  }),
  'appdb-unexpected': (d: { place: string; reason: string }) => ({
    message: `${d.place} does not answer as the AppDB does: ${d.reason}.`,
    remedy: 'Check the target’s `to` in vmcast.yaml: docs/targets.md, “The EGI AppDB”.',
  }),
}
