import { fault } from '../errors.ts'
import type { TargetConfig } from '../model.ts'
import type { Keyring, Open, Target } from './target.ts'

/** A driver for each scheme, loaded when it is needed. */
const DRIVERS = new Map<string, () => Promise<Open>>([
  ['file', async () => (await import('./local.ts')).openLocal],
  ['sftp', async () => (await import('./sftp.ts')).openSftp],
  ['s3', async () => (await import('./s3.ts')).openS3],
  ['davs', async () => (await import('./webdav.ts')).openWebdav],
  ['dav', async () => (await import('./webdav.ts')).openWebdav],
  ['egiappdb', async () => (await import('./appdb.ts')).openAppdb],
  ...['gsidcap', 'dcap', 'gsiftp', 'root', 'srm'].map((scheme) => [scheme, grid] as const),
])

async function grid(): Promise<Open> {
  return (await import('./grid.ts')).openGrid
}

/**
 * Opens the target that `to` names. Throws `target-scheme`, or why the target cannot be used. Its address is
 * not shown before the rules of vmcast.yaml have judged it: it may hold a secret.
 */
export async function openTarget(config: TargetConfig, keyring: Keyring): Promise<Target> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(config.to)?.[1]?.toLowerCase() ?? 'an address without a scheme'
  const driver = config.settings.client === 'gfal-copy' ? grid : DRIVERS.get(scheme)
  if (!driver) throw fault('target-scheme', { scheme, known: [...DRIVERS.keys()] })
  const open = await driver()
  return await open(config, keyring)
}
