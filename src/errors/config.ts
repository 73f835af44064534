/** The content repository: its YAML files and settings. */
export const configErrors = {
  'no-repository': (d: { folder: string }) => ({
    message: `There is no vmcast.yaml in ${d.folder}.`,
    remedy: 'Run vmcast in the folder that holds it, or name that folder with --repo.',
  }),
  'repository-faults': (d: { errors: number }) => ({
    message: `The repository has ${d.errors} ${d.errors === 1 ? 'fault' : 'faults'}.`,
    remedy: 'Mend them, and see `vmcast validate`.',
  }),
  'unknown-list': (d: { name: string; known: readonly string[] }) => ({
    message: `There is no image list named ${d.name}.`,
    remedy: `Name one of: ${d.known.join(', ') || '(imagelists/ is empty)'}.`,
  }),
}
