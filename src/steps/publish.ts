import { publish } from '../apply/publish.ts'
import { asFailure, fault } from '../errors.ts'
import { parse } from '../list/parse.ts'
import { openMessage } from '../list/smime.ts'
import { verifyList } from '../list/verify.ts'
import type { FileFacts, Outcome, Rendered, Report, Surroundings } from '../model.ts'
import { standing, stopped } from '../plan/standing.ts'
import { claimsIn, recompose } from '../recompose.ts'
import { readSigned } from '../release/folder.ts'
import { sha256 } from '../sums.ts'
import { survey, tellWarnings, type Scope, type Survey } from '../survey.ts'
import { select } from './sign.ts'

export interface PublishOrder extends Scope {
  /** Where `render` and `sign` left the lists. */
  readonly folder: string
  readonly allow: readonly string[]
}

/**
 * Publishes signed lists: each must be what this checkout composes, byte for byte, follow on what is published now,
 * and verify as subscribers verify it. Needs no signing key.
 */
export async function publishRelease(order: PublishOrder, surroundings: Surroundings): Promise<Report> {
  const rendered = await select(order.folder, order.lists)
  const claims = new Map(
    rendered.flatMap(({ content }): [string, FileFacts][] => [...claimsIn(parse(content))]),
  )
  const scope = { root: order.root, lists: rendered.map(({ name }) => name) }
  const seen = await survey(scope, { secrets: true, reading: 'defer', claims }, surroundings)
  try {
    tellWarnings(seen.plan, surroundings.progress)
    const lists: Outcome[] = []
    for (const one of rendered) {
      surroundings.signal.throwIfAborted()
      lists.push(
        await publishOne(one, order, seen, surroundings).catch((error: unknown): Outcome => ({
          ...{ name: one.name, state: 'failed', failure: asFailure(error) },
        })),
      )
    }
    return { plan: seen.plan, lists }
  } finally {
    await seen.pool.close()
  }
}

async function publishOne(
  rendered: Rendered,
  { folder, allow }: PublishOrder,
  { desired, world, plan, pool, anchors, commit }: Survey,
  { now, progress }: Surroundings,
): Promise<Outcome> {
  const { name, uri, content, last } = rendered
  const found = plan.lists.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not in its own survey`)
  if (found.action === 'failed' || found.action === 'keep') return standing(found, allow)
  const observed = world.lists.get(name)
  const there = observed && 'sha256' in observed ? observed.sha256 : null
  if (there !== (last && sha256(last))) throw fault('release-stale', { name })

  const own = recompose(rendered, desired, world)
  const stop = stopped(own, allow)
  if (stop) return stop
  const message = await readSigned(folder, name)
  if (!message) throw fault('release-unsigned', { path: `${folder}: ${name}` })
  if (openMessage(message).content !== content) throw fault('release-altered', { path: `${folder}: ${name}` })
  const { failures } = verifyList(message, { anchors, now: now(), countersigners: own.countersigners })
  if (failures.length > 0) throw fault('own-list-refused', { uri, reasons: failures })

  progress.step(`${name}: publishing version ${own.version.to}`)
  const removed = own.images.filter((image) => image.action === 'remove')
  const release = { name, uri, message, expect: own.tag, commit: await commit(), removed }
  const { sha256: sum, warnings: doubts } = await publish(release, { pool, anchors, now })
  const warnings = [...own.warnings, ...doubts]
  const { action, version, expires } = own
  return { name, state: 'published', action, uri, version, expires: expires.to, sha256: sum, warnings }
}
