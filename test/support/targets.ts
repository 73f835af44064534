import type { TargetConfig } from '../../src/model.ts'
import { TargetPool } from '../../src/targets/pool.ts'
import type { Keyring } from '../../src/targets/target.ts'

/** A target as vmcast.yaml could name it. */
export const targetTo = (to: string, more: Partial<TargetConfig> = {}): TargetConfig => ({
  match: 'https://images.example.org/',
  to,
  public: true,
  settings: {},
  hostKeys: [],
  authorities: [],
  ...more,
})

/** Nothing to be let in with, but what `more` gives. */
export const keyringOf = (base: string, more: Partial<Keyring> = {}): Keyring => ({
  base,
  env: {},
  home: base,
  askPassphrase: () => Promise.reject(new Error('nobody is there to be asked for a passphrase')),
  endorser: () => Promise.reject(new Error('this target has no use for the endorser’s key')),
  ...more,
})

export const poolOf = (
  targets: readonly TargetConfig[],
  base: string,
  more: Partial<Keyring> = {},
): TargetPool =>
  new TargetPool(targets, keyringOf(base, more), {
    progress: { step: () => undefined, task: () => ({ advance: () => undefined, end: () => undefined }) },
    signal: new AbortController().signal,
  })
