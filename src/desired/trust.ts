import { resolve } from 'node:path'
import type { Trust } from '../model.ts'
import { readSource, realFolder } from './read.ts'
import { signersAt, textAt, type Entry } from './repository.ts'

/**
 * `trust` of the repository at `folder`, whatever else is wrong there, with `ca` absolute; null, `if-there`
 * and nobody if they are not given, or there is no vmcast.yaml. Throws `no-repository` if there is no such folder.
 */
export function configuredTrust(folder: string): Trust {
  const root = realFolder(folder)
  const config = readSource(root, 'vmcast.yaml', [])
  const ca = textAt(config, 'trust', 'ca')
  return {
    ca: ca === null ? null : resolve(root, ca),
    crl: crlOf(config),
    endorsers: signersAt(config, 'trust', 'endorsers'),
  }
}

/** `trust.crl`. */
export const crlOf = (config: Pick<Entry, 'value'>): Trust['crl'] =>
  textAt(config, 'trust', 'crl') === 'require' ? 'require' : 'if-there'
