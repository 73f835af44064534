import { load } from './desired/load.ts'
import { fault } from './errors.ts'
import type { Desired, DesiredList, Surroundings } from './model.ts'
import { TargetPool } from './targets/pool.ts'
import { findAnchors, loadAnchors, type Anchors } from './trust/anchors.ts'
import { loadProxy, usualProxy } from './trust/proxy.ts'
import { loadSigner, type Signer } from './trust/signer.ts'

/** Which repository, and which of its lists; none named means all. */
export interface Scope {
  readonly root: string
  readonly lists: readonly string[]
}

/** A repository that was read: what it asks for, whom it trusts, and the way to where it publishes. */
export interface Checkout {
  readonly desired: Desired
  /** Those in scope. */
  readonly lists: readonly DesiredList[]
  readonly anchors: Anchors
  /** The caller closes it. */
  readonly pool: TargetPool
  /** The certificate and key to sign with; asked for, and opened, when first needed. */
  readonly endorser: () => Promise<Signer>
}

/** Reads the YAML files and the trust; connects to nothing. Throws what is wrong with either, and `unknown-list`. */
export async function openCheckout(scope: Scope, surroundings: Surroundings): Promise<Checkout> {
  const { env, home, now, askPassphrase } = surroundings
  const desired = await load(scope.root)
  const lists = select(desired, scope.lists)
  const { config, root } = desired
  const anchors = await loadAnchors(await findAnchors(config.trust.ca, env), config.trust.crl)
  const endorser = once(() => loadSigner(config.signing, env, home, askPassphrase))
  const user = once(async () => (await loadProxy(env, usualProxy(), now())) ?? (await endorser()))
  const keyring = { base: root, env, home, askPassphrase, endorser: user }
  const pool = new TargetPool(config.targets, keyring, surroundings)
  return { desired, lists, anchors, pool, endorser }
}

/** What `begin` gives, begun at the first call. */
export function once<T>(begin: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | null = null
  return () => (begun ??= begin())
}

function select({ lists }: Desired, names: readonly string[]): readonly DesiredList[] {
  const known = lists.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw fault('unknown-list', { name: unknown, known })
  return names.length === 0 ? lists : lists.filter(({ name }) => names.includes(name))
}
