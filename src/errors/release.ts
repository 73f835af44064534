/** Publishing in steps: the files that one step hands to the next. */
export const releaseErrors = {
  'step-file-unwritable': (d: { path: string; reason: string }) => ({
    message: `${d.path} cannot be written: ${d.reason}.`,
    remedy: 'Name a place in a folder that you may write to, with room for it.',
  }),
  'step-file-unreadable': (d: { path: string; reason: string; writer: string }) => ({
    message: `${d.path} cannot be read: ${d.reason}.`,
    remedy: `Name what \`${d.writer}\` wrote, all of it.`,
  }),
  'step-file-malformed': (d: { path: string; reason: string; writer: string }) => ({
    message: `${d.path} is not what \`${d.writer}\` writes: ${d.reason}.`,
    remedy: `Write it anew with \`${d.writer}\`.`,
  }),
  'release-there': (d: { folder: string }) => ({
    message: `${d.folder} is there already, and holds something.`,
    remedy: 'Name a new folder, or remove that one if nobody needs it any more.',
  }),
  'release-altered': (d: { path: string }) => ({
    message: `${d.path} is not the file that was rendered: its SHA-256 is another one.`,
    remedy: 'Find out who changed it; then render again.',
  }),
  'release-unsigned': (d: { path: string }) => ({
    message: `${d.path}: the list is not signed yet.`,
    remedy: 'Sign it first: `vmcast sign FOLDER --repo CHECKOUT`.',
  }),
  'release-stale': (d: { name: string }) => ({
    message: `Another list than then is published of ${d.name}: somebody published since this was rendered.`,
    remedy: 'Plan and render again; what is published then is what the next one follows on.',
  }),
  'release-differs': (d: { name: string; differences: readonly string[] }) => ({
    message: `What is to be signed of ${d.name} is not what this checkout would publish: ${d.differences.join('; ')}.`,
    remedy:
      'Check out the commit that it was rendered from, or render again if the published list changed since; if neither helps, do not trust who rendered it.',
  }),
  'release-not-for': (d: { name: string; reason: string }) => ({
    message: `${d.name} cannot be signed: ${d.reason}.`,
    remedy: 'Render it again, and if that does not help find out where this one comes from.',
  }),
  'receipt-missing': (d: { image: string }) => ({
    message: `There is no receipt for ${d.image}, which the plan uploads.`,
    remedy: `Upload it: \`vmcast upload --plan PLAN --image ${d.image} --out RECEIPTS\`.`,
  }),
  'image-unplanned': (d: { name: string; planned: readonly string[] }) => ({
    message: `The plan uploads no image ${d.name}.`,
    remedy:
      d.planned.length > 0
        ? `Name one that it uploads: ${d.planned.join(', ')}.`
        : 'Leave --image out: there is nothing to upload.',
  }),
  'claim-refused': (d: { image: string; reason: string }) => ({
    message: `What was said of ${d.image} is not believed: ${d.reason}.`,
    remedy:
      'Upload and render again, with the commit that is checked out here; if that is how it was made, do not trust who made it.',
  }),
  'receipt-refused': (d: { image: string; reason: string }) => ({
    message: `The receipt for ${d.image} is not believed: ${d.reason}.`,
    remedy: 'Upload the image again, with the plan and the checkout that are rendered now.',
  }),
  'sign-refused': (d: { name: string; verb: string }) => ({
    message: `${d.name} was not ${d.verb}ed: nobody said yes.`,
    remedy:
      'If it is as it should be, answer yes; in a script, where nobody is asked, give --yes (before `--`).',
  }),
  'signing-program-failed': (d: { program: string; reason: string }) => ({
    message: `The program ${d.program} gave no signature: ${d.reason}.`,
    remedy:
      'Try it by hand: it reads a DigestInfo (RSA) or a SHA-256 (ECDSA) from standard input, and writes the signature to standard output.',
  }),
  'countersigner-missing': (d: { path: string; names: readonly string[] }) => ({
    message: `${d.path} is not countersigned by ${d.names.join(' and ')}, as its YAML file demands.`,
    remedy: 'Have that person run `vmcast countersign FOLDER`, then publish it.',
  }),
  'countersign-in-steps': (d: { list: string; names: readonly string[] }) => ({
    message: `${d.list} must be countersigned by ${d.names.join(' and ')}, so that it cannot be published in one go.`,
    remedy: 'Publish it in steps: plan, upload, render, sign, countersign, publish (docs/signing.md).',
  }),
}
