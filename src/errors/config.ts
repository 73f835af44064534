import type { Fault } from '../model.ts'

/** Faults that a message shows; `validate` shows all of them. */
const SHOWN = 20

/** The content repository: its YAML files and settings. */
export const configErrors = {
  'no-repository': (d: { folder: string }) => ({
    message: `There is no vmcast.yaml in ${d.folder}.`,
    remedy: 'Run vmcast in the folder that holds it, or name that folder with --repo.',
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
    message: `Git cannot say what is committed in ${d.folder}: ${d.reason}.`,
    remedy: 'See that `git status` works there, for the user that runs vmcast.',
  }),
  'unknown-list': (d: { name: string; known: readonly string[] }) => ({
    message: `There is no image list named ${d.name}.`,
    remedy: `Name one of: ${d.known.join(', ') || '(imagelists/ is empty)'}.`,
  }),
}
