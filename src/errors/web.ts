/** Reading what is on the web. */
export const webErrors = {
  'web-failed': (d: { url: string; reason: string }) => ({
    message: `${d.url} cannot be read: ${d.reason}.`,
    remedy: 'Check the address and the network, then run again.',
  }),
  'web-redirected': (d: { url: string; to: string }) => ({
    message: `${d.url} redirects to ${d.to}: a list’s address must be its real one.`,
    remedy: 'Use the address that it redirects to, or have the server answer at this one.',
  }),
  'web-too-large': (d: { url: string; limit: number }) => ({
    message: `${d.url} is larger than ${d.limit} bytes.`,
    remedy: 'Check what that address serves: it does not look like an image list.',
  }),
  'web-private-address': (d: { url: string; host: string }) => ({
    message: `${d.url} leads to ${d.host}, which is a loopback, link-local or private address.`,
    remedy: 'If that host is meant, name it under allowPrivateHosts in vmcast.yaml.',
  }),
}
