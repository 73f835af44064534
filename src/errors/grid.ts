/** Targets: Grid clients (dccp, globus-url-copy, gfal-copy). */
export const gridErrors = {
  'grid-client': (d: { scheme: string; client: string; known: readonly string[] }) => ({
    message: `${d.client} does not speak ${d.scheme}.`,
    remedy: `Set the target’s \`client\` in vmcast.yaml to one of: ${d.known.join(', ')}.`,
  }),
  'grid-name': (d: { client: string; host: string }) => ({
    message: `The target at ${d.host} has no \`name\`, so nothing can say that ${d.client} may show this host your certificate.`,
    remedy:
      'Give it one in vmcast.yaml (`name: se`), and set VMCAST_X509_SE_HOST to the host where the certificate or proxy is set.',
  }),
  'grid-program-missing': (d: { program: string; packages: string }) => ({
    message: `${d.program}, which this target needs, is not installed.`,
    remedy: `Install it (Debian: apt-get install ${d.packages}), or put its folder on PATH (a library’s: LD_LIBRARY_PATH).`,
  }),
  'grid-credentials': (d: { program: string; place: string; reason: string }) => ({
    message: `${d.place} does not know who you are, or ${d.program} not whom to trust: ${d.reason}.`,
    remedy:
      'Make a proxy (X509_USER_PROXY), or set X509_USER_CERT and X509_USER_KEY, and X509_CERT_DIR for the CAs; then ask the server’s operators to map your DN.',
  }),
  'grid-unable': (d: { program: string; work: string }) => ({
    message: `${d.program} cannot ${d.work}.`,
    remedy: 'Set `client: gfal-copy` for this target in vmcast.yaml, which can.',
  }),
  'grid-failed': (d: { program: string; place: string; reason: string }) => ({
    message: `${d.program} failed at ${d.place}: ${d.reason}.`,
    remedy:
      'Try the same by hand with that program; docs/targets.md, “Grid clients”, shows how it is called.',
  }),
}
