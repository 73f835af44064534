import { askCommit } from './desired/git.ts'
import { load } from './desired/load.ts'
import { askSince } from './desired/since.ts'
import { publishedTags } from './desired/tags.ts'
import { fault } from './errors.ts'
import { ChecksumCache } from './files/cache.ts'
import type { Access } from './files/source.ts'
import type { Desired, DesiredList, Plan, Surroundings, World } from './model.ts'
import type { Reading } from './observe/digest.ts'
import { observe } from './observe/observe.ts'
import { createdOf } from './observe/published.ts'
import { diff } from './plan/diff.ts'
import { TargetPool } from './targets/pool.ts'
import { findAnchors, loadAnchors, type Anchors } from './trust/anchors.ts'
import { loadProxy, usualProxy } from './trust/proxy.ts'
import { loadCertificate, loadSigner, type Signer } from './trust/signer.ts'

/** Which repository, and which of its lists; none named means all. */
export interface Scope {
  readonly root: string
  readonly lists: readonly string[]
}

/** How far to look. */
export interface Look {
  /** Whether targets that need a secret may be asked; else only those that take none, and public addresses. */
  readonly secrets: boolean
  /** What to do about files whose sum is neither pinned nor known. */
  readonly reading: Reading
}

/** What is asked for, what is there, and what leads from one to the other. */
export interface Survey {
  readonly desired: Desired
  /** Those in scope. */
  readonly lists: readonly DesiredList[]
  readonly world: World
  readonly plan: Plan
  readonly anchors: Anchors
  readonly pool: TargetPool
  readonly access: Access
  /** What is checked out, for the record of a publication. */
  readonly commit: () => Promise<string | null>
  /** The certificate and key to sign with; asked for, and opened, when first needed. */
  readonly endorser: () => Promise<Signer>
}

/** The first three steps: load, observe, diff. They change nothing. The caller closes the pool. */
export async function survey(scope: Scope, look: Look, surroundings: Surroundings): Promise<Survey> {
  const { env, home, cache, progress, now, signal, askPassphrase } = surroundings
  const desired = await load(scope.root)
  const lists = select(desired, scope.lists)
  const { config, root } = desired
  const anchors = await loadAnchors(await findAnchors(config.trust.ca, env), config.trust.crl)
  const signer = await loadCertificate(config.signing, env, home, askPassphrase)
  const commit = once(() => askCommit(root, desired.dirty))
  const endorser = once(() => loadSigner(config.signing, env, home, askPassphrase))
  const user = once(async () => (await loadProxy(env, usualProxy(), now())) ?? (await endorser()))
  const keyring = { base: root, env, home, askPassphrase, endorser: user }
  const pool = new TargetPool(config.targets, keyring, surroundings)
  const access = {
    root,
    privateHosts: config.allowPrivateHosts,
    cache: new ChecksumCache(cache),
    progress,
    signal,
  }
  progress.step(`Looking at ${lists.length} image ${lists.length === 1 ? 'list' : 'lists'}`)
  try {
    const tags = await publishedTags(root)
    const seen = await observe(desired, lists, { ...look, pool, anchors, signer, access, tags, now: now() })
    const world = { ...seen, since: await askSince(desired, lastPublished(seen)) }
    return {
      desired,
      lists,
      world,
      plan: diff(desired, world, lists),
      anchors,
      pool,
      access,
      commit,
      endorser,
    }
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** What `begin` gives, begun at the first call. */
function once<T>(begin: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | null = null
  return () => (begun ??= begin())
}

/** By the lists' own word; null if none was published yet. */
function lastPublished({ lists, now }: Pick<World, 'lists' | 'now'>): Date | null {
  const times = [...lists.values()].flatMap((list) => createdOf(list)?.getTime() ?? [])
  // Git takes a date before 1970 for one of today; and no publication is yet to come.
  const past = times.filter((time) => time > 0 && time <= now.getTime())
  return past.length === 0 ? null : new Date(Math.max(...past))
}

function select({ lists }: Desired, names: readonly string[]): readonly DesiredList[] {
  const known = lists.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw fault('unknown-list', { name: unknown, known })
  return names.length === 0 ? lists : lists.filter(({ name }) => names.includes(name))
}
