/** The wire format: a signed list that cannot be taken for one. */
export const listErrors = {
  'message-broken': (d: { reason: string }) => ({
    message: `This is not an intact signed image list: ${d.reason}.`,
    remedy: 'Get the list again from its publisher; if it is your own, publish it anew.',
  }),
  'list-malformed': (d: { reason: string }) => ({
    message: `This is not an image list in the HEPiX format: ${d.reason}.`,
    remedy: 'Give a JSON object with hv:imagelist, or a message that signs one.',
  }),
}
