/** The wire format: a signed list that cannot be taken for one. */
export const listErrors = {
  'message-broken': (d: { reason: string }) => ({
    message: `This is not an intact signed image list: ${d.reason}.`,
    remedy: 'Get the list again from its publisher; if it is your own, publish it anew.',
  }),
  'countersign-refused': (d: { dn: string; reason: string }) => ({
    message: `${d.dn} cannot countersign this list: ${d.reason}.`,
    remedy:
      'Take the list as `vmcast sign` wrote it, and another person’s certificate, with a key of its own.',
  }),
  'countersigner-signs': (d: { list: string; dn: string }) => ({
    message: `${d.dn} signs the list ${d.list}, and cannot be its countersigner too.`,
    remedy: 'Name another person under countersigners or trust.endorsers, or let another endorser sign.',
  }),
  'list-malformed': (d: { reason: string }) => ({
    message: `This is not an image list in the HEPiX format: ${d.reason}.`,
    remedy: 'Give a JSON object with hv:imagelist, or a message that signs one.',
  }),
  'list-missing': (d: { from: string }) => ({
    message: `There is no list at ${d.from}.`,
    remedy: 'Give the path or the address of an image list.',
  }),
  'list-unreadable': (d: { from: string; reason: string }) => ({
    message: `The list ${d.from} cannot be read: ${d.reason}.`,
    remedy: 'Give the path of a file that holds an image list, and that you may read.',
  }),
}
