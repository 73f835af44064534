import { once, openCheckout, type Checkout, type Scope } from './checkout.ts'
import { askCommit } from './desired/git.ts'
import { askSince } from './desired/since.ts'
import { publishedTags } from './desired/tags.ts'
import { ChecksumCache } from './files/cache.ts'
import type { Access } from './files/source.ts'
import type { FileFacts, Plan, Surroundings, World } from './model.ts'
import type { Reading } from './observe/digest.ts'
import { observe } from './observe/observe.ts'
import { createdOf } from './observe/published.ts'
import { diff } from './plan/diff.ts'
import { examineSigner } from './trust/judge.ts'
import { loadEndorser } from './trust/signer.ts'

export type { Scope } from './checkout.ts'

/** How far to look. */
export interface Look {
  /** Whether targets that need a secret may be asked; else only those that take none, and public addresses. */
  readonly secrets: boolean
  /** What to do about files whose sum is neither pinned nor known. */
  readonly reading: Reading
  /** What another machine says of images' files, by `dc:identifier`: these are not looked at here. */
  readonly claims?: ReadonlyMap<string, FileFacts>
}

/** What is asked for, what is there, and what leads from one to the other. */
export interface Survey extends Checkout {
  readonly world: World
  readonly plan: Plan
  readonly access: Access
  /** What is checked out, for the record of a publication. */
  readonly commit: () => Promise<string | null>
}

/** The first three steps: load, observe, diff. They change nothing. The caller closes the pool. */
export async function survey(scope: Scope, look: Look, surroundings: Surroundings): Promise<Survey> {
  const { env, home, cache, progress, now, signal, askPassphrase } = surroundings
  const checkout = await openCheckout(scope, surroundings)
  const { desired, lists, anchors, pool } = checkout
  const { config, root } = desired
  const signer = await loadEndorser(config.signing, env, home, askPassphrase)
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
    const doubts = examineSigner(signer, anchors, seen.now).faults.map(
      ({ message, remedy }) => `Subscribers would refuse what ${signer.dn} signs: ${message}. ${remedy}`,
    )
    const world = { ...seen, since: await askSince(desired, lastPublished(seen)), doubts }
    const commit = once(() => askCommit(root, desired.dirty))
    return { ...checkout, world, plan: diff(desired, world, lists), access, commit }
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** What there is to see and to do, as `survey` tells it, for whoever does nothing about it. */
export async function look(
  scope: Scope,
  { secrets }: Pick<Look, 'secrets'>,
  surroundings: Surroundings,
): Promise<Pick<Survey, 'plan' | 'world'>> {
  const { plan, world, pool } = await survey(scope, { secrets, reading: 'read' }, surroundings)
  await pool.close()
  return { plan, world }
}

/** Says what stops nothing, and yet should be known before anything is done. */
export function tellWarnings({ lists }: Plan, progress: Surroundings['progress']): void {
  for (const list of lists) {
    if (list.action === 'failed') continue
    for (const warning of list.warnings) progress.step(`Warning: ${list.name}: ${warning}`)
  }
}

/** By the lists' own word; null if none was published yet. */
function lastPublished({ lists, now }: Pick<World, 'lists' | 'now'>): Date | null {
  const times = [...lists.values()].flatMap((list) => createdOf(list)?.getTime() ?? [])
  // Git takes a date before 1970 for one of today; and no publication is yet to come.
  const past = times.filter((time) => time > 0 && time <= now.getTime())
  return past.length === 0 ? null : new Date(Math.max(...past))
}
