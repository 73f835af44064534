import { resolve } from 'node:path'
import { readSource, realFolder } from './read.ts'
import { textAt } from './repository.ts'

/**
 * `trust.ca` of the repository at `folder`, absolute, whatever else is wrong there; null if it is not given,
 * or there is no vmcast.yaml. Throws `no-repository` if there is no such folder.
 */
export function configuredTrust(folder: string): string | null {
  const root = realFolder(folder)
  const ca = textAt(readSource(root, 'vmcast.yaml', []), 'trust', 'ca')
  return ca === null ? null : resolve(root, ca)
}
