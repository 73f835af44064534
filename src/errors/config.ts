import type { Failure, Fault } from '../model.ts'

/** Faults or files that a message shows; `validate` shows all of them. */
const SHOWN = 20

/** The content repository: its YAML files and settings. */
export const configErrors = {
  'no-repository': (d: { folder: string }) => ({
    message: `There is no vmcast.yaml in ${d.folder}.`,
    remedy:
      'Run vmcast in the folder that holds it, name that folder with --repo, or write one as the README shows.',
  }),
  'repository-faults': (d: { faults: readonly Fault[] }) => ({
    message: [
      `The repository has ${d.faults.length} ${d.faults.length === 1 ? 'fault' : 'faults'}.`,
      ...d.faults
        .slice(0, SHOWN)
        .map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`),
    ].join('\n'),
    remedy: 'Mend what `vmcast validate` shows.',
  }),
  'git-failed': (d: { folder: string; reason: string }) => ({
    message: `Git failed in ${d.folder}: ${d.reason}.`,
    remedy: 'See that `git status` works there, for the user that runs vmcast.',
  }),
  'unknown-list': (d: { name: string; known: readonly string[] }) => ({
    message: `There is no image list named ${d.name}.`,
    remedy: `Name one of: ${d.known.join(', ') || '(imagelists/ is empty)'}.`,
  }),
  'name-unfit': (d: { name: string }) => ({
    message: `No image or list can be called ${d.name}.`,
    remedy: 'Begin it with a letter or a digit, and use only letters, digits, `.`, `_`, `+`, `-` and spaces.',
  }),
  'unknown-image': (d: { name: string; known: readonly string[] }) => ({
    message: `There is no image named ${d.name}.`,
    remedy: `Name one of: ${d.known.slice(0, 20).join(', ') || '(images/ is empty)'}${d.known.length > 20 ? ', …' : ''}.`,
  }),
  'image-without-file': (d: { name: string }) => ({
    message: `The image ${d.name} has no file to pin.`,
    remedy: 'Give file.path in its YAML file, or leave the name out.',
  }),
  'pins-failed': (d: { failures: readonly { name: string; failure: Failure }[] }) => ({
    message: d.failures
      .map(({ name, failure }) => `${name}: ${failure.message} ${failure.remedy}`)
      .join('\n'),
    remedy: 'Mend that, and run `vmcast hash` again; the other images are pinned.',
  }),
  'yaml-not-editable': (d: { entry: string; value: string }) => ({
    message: `${d.entry} cannot be written without changing more than that.`,
    remedy: `Write it by hand: ${d.value}.`,
  }),
  'content-exists': (d: { files: readonly string[] }) => ({
    message: ['Already there, with other content:', ...d.files.slice(0, SHOWN)].join('\n'),
    remedy: 'Run again with --force to replace what is there.',
  }),
  'content-unwritable': (d: { file: string; reason: string }) => ({
    message: `${d.file} cannot be written: ${d.reason}.`,
    remedy: 'See that the folder is there, that you may write to it, and that the disk has room.',
  }),
}
