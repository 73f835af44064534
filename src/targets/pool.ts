import { locate } from '../address.ts'
import { fault } from '../errors.ts'
import type { Surroundings, TargetConfig } from '../model.ts'
import { openTarget } from './open.ts'
import { withRetries } from './retry.ts'
import type { Keyring, Target } from './target.ts'

type Run = Pick<Surroundings, 'progress' | 'signal'>

/** The targets of one run: each is opened at most once, when it is first needed, and closed at the end. */
export class TargetPool {
  readonly #configs: readonly TargetConfig[]
  readonly #keyring: Keyring
  readonly #run: Run
  readonly #opened = new Map<TargetConfig, Promise<Target>>()

  constructor(configs: readonly TargetConfig[], keyring: Keyring, run: Run) {
    this.#configs = configs
    this.#keyring = keyring
    this.#run = run
  }

  /** The target that serves `uri`, and the key there. Throws `no-target`, or why it cannot be opened. */
  async reach(uri: string): Promise<{ target: Target; key: string; config: TargetConfig }> {
    const place = locate(this.#configs, uri)
    if (!place) throw fault('no-target', { uri })
    const { target: config, key } = place
    const opened = this.#opened.get(config) ?? this.#open(config)
    this.#opened.set(config, opened)
    return { target: await opened, key, config }
  }

  async #open(config: TargetConfig): Promise<Target> {
    return withRetries(await openTarget(config, this.#keyring), this.#run)
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#opened.values()].map(async (opened) => (await opened).close()))
  }
}
