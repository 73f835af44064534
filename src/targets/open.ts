import { fault } from '../errors.ts'
import type { TargetConfig } from '../model.ts'
import type { Target } from './target.ts'

type Open = (to: string, base: string) => Promise<Target>

/** A driver for each scheme, loaded when it is needed. */
const DRIVERS: ReadonlyMap<string, () => Promise<Open>> = new Map([
  ['file:', async () => (await import('./local.ts')).openLocal],
])

/**
 * Opens the target that `to` names; `base` is the folder that relative paths start from, that of vmcast.yaml.
 * Throws `target-scheme`, or why the target cannot be used. Its address is never shown: it may hold a secret.
 */
export async function openTarget({ to }: TargetConfig, base: string): Promise<Target> {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(to)?.[0].toLowerCase() ?? 'an address without a scheme'
  const driver = DRIVERS.get(scheme)
  if (!driver) throw fault('target-scheme', { scheme, known: [...DRIVERS.keys()] })
  const open = await driver()
  return await open(to, base)
}
