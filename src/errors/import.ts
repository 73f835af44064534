/** Taking over a list that was made elsewhere. */
export const importErrors = {
  'import-unverified': (d: { doubt: string }) => ({
    message: `Its signature does not verify: ${d.doubt}.`,
    remedy:
      'Give the folder of the signer’s CA with --ca; or, if you know where the list comes from, import it with --unverified and review what it says.',
  }),
  'import-unsigned': (d: { from: string }) => ({
    message: `${d.from} is not signed, so anybody on the way could have changed it.`,
    remedy: 'Import a signed list; or import this one with --unverified, and review what it says.',
  }),
}
