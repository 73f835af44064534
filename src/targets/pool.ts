import { locate } from '../address.ts'
import { fault } from '../errors.ts'
import type { TargetConfig } from '../model.ts'
import { openTarget } from './open.ts'
import type { Target } from './target.ts'

/** The targets of one run: each is opened at most once, when it is first needed, and closed at the end. */
export class TargetPool {
  readonly #configs: readonly TargetConfig[]
  readonly #base: string
  readonly #opened = new Map<TargetConfig, Promise<Target>>()

  /** `base`: the folder that relative paths in `to` start from, that of vmcast.yaml. */
  constructor(configs: readonly TargetConfig[], base: string) {
    this.#configs = configs
    this.#base = base
  }

  /** The target that serves `uri`, and the key there. Throws `no-target`, or why it cannot be opened. */
  async reach(uri: string): Promise<{ target: Target; key: string; config: TargetConfig }> {
    const place = locate(this.#configs, uri)
    if (!place) throw fault('no-target', { uri })
    const { target: config, key } = place
    const opened = this.#opened.get(config) ?? openTarget(config, this.#base)
    this.#opened.set(config, opened)
    return { target: await opened, key, config }
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#opened.values()].map(async (opened) => (await opened).close()))
  }
}
