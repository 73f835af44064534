/** Targets: servers that speak HTTPS, and who they and we are to each other. */
export const httpsErrors = {
  'https-half-identity': () => ({
    message: 'The target has a `key` without a `certificate`.',
    remedy: 'Add its `certificate` to the target in vmcast.yaml, or leave both out to be the endorser.',
  }),
  'https-client-refused': (d: { host: string; who: string; reason: string }) => ({
    message: `${d.host} ended the connection because of who vmcast is (${d.who}): ${d.reason}.`,
    remedy: 'Give the target a `certificate` and `key` that its server takes, or ask for yours to be let in.',
  }),
  'https-untrusted': (d: { host: string; reason: string }) => ({
    message: `${d.host} cannot be trusted: ${d.reason}.`,
    remedy:
      'Give the CA that vouches for it as `ca` of the target; for a wrong name or date, mend the server’s certificate.',
  }),
}
