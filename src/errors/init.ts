/** Making a content repository. */
export const initErrors = {
  'init-answer': (d: { option: string; reason: string }) => ({
    message: `${d.option} cannot be that: ${d.reason}`,
    remedy: 'Give another one; `vmcast init --help` shows examples.',
  }),
  'init-unasked': () => ({
    message: 'There is no terminal to ask on.',
    remedy: 'Give --yes to take what nobody has said from the defaults.',
  }),
  'init-targets': () => ({
    message: 'vmcast.yaml is there, and does not say rightly where to publish.',
    remedy:
      'Mend what `vmcast validate` shows of its `targets`; or move it away, and run init again to get another.',
  }),
  'init-settled': (d: { options: readonly string[] }) => ({
    message: `vmcast.yaml is there, and none of its targets is that of ${d.options.join(' and ')}.`,
    remedy: `Leave ${d.options.join(' and ')} out: vmcast.yaml says where to publish. To publish elsewhere, change its \`targets\`.`,
  }),
  'init-inside': (d: { folder: string; top: string }) => ({
    message: `${d.folder} lies inside the git repository ${d.top}, and GitHub runs only the workflows at its top.`,
    remedy: 'Run it there, or in a folder outside of that repository.',
  }),
  'init-branch': (d: { branch: string }) => ({
    message: `A workflow cannot name the branch ${d.branch}: some of its characters are patterns there.`,
    remedy: 'Check out the branch to publish from, named with letters, digits, `.`, `_`, `-` and `/`.',
  }),
}
