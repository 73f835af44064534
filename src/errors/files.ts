/** Image files: reading, format, compression. */
export const fileErrors = {
  'file-missing': (d: { path: string }) => ({
    message: `There is no image file at ${d.path}.`,
    remedy: 'Build it, or mend its path: in the command, or as file.path in the image’s YAML file.',
  }),
  'file-unreadable': (d: { path: string; reason: string }) => ({
    message: `The image file ${d.path} cannot be read: ${d.reason}.`,
    remedy: 'Give the user that runs vmcast read permission, and check the disk.',
  }),
  'file-not-regular': (d: { path: string }) => ({
    message: `${d.path} is not a regular file.`,
    remedy: 'Point file.path at the image file itself.',
  }),
  'file-forbidden': (d: { path: string }) => ({
    message: `${d.path} belongs to the system (/proc, /sys, /dev), and is never published.`,
    remedy: 'Point file.path at an image file.',
  }),
  'file-outside': (d: { path: string; root: string }) => ({
    message: `${d.path} lies outside the repository ${d.root}, and is not pinned.`,
    remedy: 'Move it into the repository’s folder, or pin it: give file.sha512 what `sha512sum` says of it.',
  }),
  'file-changed': (d: { path: string }) => ({
    message: `The file ${d.path} changed while it was read.`,
    remedy: 'Wait until whatever writes it is done, then run again.',
  }),
  'pin-mismatch': (d: { path: string; pinned: string; found: string }) => ({
    message: `The sha512 of ${d.path} is ${d.found.slice(0, 16)}…, not ${d.pinned.slice(0, 16)}… as pinned or planned.`,
    remedy: 'If the file is right, pin it anew with `vmcast hash`, and have the change reviewed.',
  }),
  'format-mismatch': (d: { path: string; format: string; found: string }) => ({
    message: `hv:format says ${d.format}, but ${d.path} looks like ${d.found}.`,
    remedy: 'Mend hv:format, or point file.path at the right file.',
  }),
  'program-missing': (d: { program: string; package: string; purpose: string }) => ({
    message: `The program ${d.program}, needed ${d.purpose}, is not installed.`,
    remedy: `Install it: on Debian and Ubuntu, apt-get install ${d.package}.`,
  }),
  'compression-failed': (d: { program: string; reason: string }) => ({
    message: `${d.program} failed to compress the image: ${d.reason}.`,
    remedy: 'Check the memory and the limits of this machine, then run again.',
  }),
}
