import { fault } from '../errors.ts'
import type { TargetConfig } from '../model.ts'
import type { Keyring, Open, Target } from './target.ts'

/** A driver for each scheme, loaded when it is needed. */
const DRIVERS: ReadonlyMap<string, () => Promise<Open>> = new Map([
  ['file', async () => (await import('./local.ts')).openLocal],
])

/**
 * Opens the target that `to` names. Throws `target-scheme`, or why the target cannot be used. Its address is
 * not shown before the rules of vmcast.yaml have judged it: it may hold a secret.
 */
export async function openTarget(config: TargetConfig, keyring: Keyring): Promise<Target> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(config.to)?.[1]?.toLowerCase() ?? 'an address without a scheme'
  const driver = DRIVERS.get(scheme)
  if (!driver) throw fault('target-scheme', { scheme, known: [...DRIVERS.keys()] })
  const open = await driver()
  return await open(config, keyring)
}
