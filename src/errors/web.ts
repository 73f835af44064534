/** Reading what is on the web. */
export const webErrors = {
  'web-failed': (d: { url: string; reason: string }) => ({
    message: `${d.url} cannot be read: ${d.reason}.`,
    remedy: 'Check the address and the network, then run again.',
  }),
}
