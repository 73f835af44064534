import { askAddresses } from '../apply/ask.ts'
import { parseTime } from '../dates.ts'
import { asFailure, fault } from '../errors.ts'
import { missing } from '../list/countersigners.ts'
import { parse } from '../list/parse.ts'
import { isAsWritten, LIST_LIMIT, openMessage } from '../list/smime.ts'
import { verifyList } from '../list/verify.ts'
import type { Desired, DueList, FileFacts, Outcome, Rendered, Report, Surroundings } from '../model.ts'
import { standing, stopped } from '../plan/standing.ts'
import { publishList } from '../publication.ts'
import { claimsIn, recompose } from '../recompose.ts'
import { readSigned } from '../release/folder.ts'
import { sha256 } from '../sums.ts'
import { survey, tellWarnings, type Scope, type Survey } from '../survey.ts'
import type { TargetPool } from '../targets/pool.ts'
import type { Anchors } from '../trust/anchors.ts'
import { judgeSigner } from '../trust/judge.ts'
import { prove } from './believe.ts'
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
  seen: Survey,
  { now, progress }: Surroundings,
): Promise<Outcome> {
  const { desired, world, plan, pool, anchors } = seen
  const { name, content, last } = rendered
  const found = plan.lists.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not in its own survey`)
  if (found.action === 'failed' || found.action === 'keep') return standing(found, allow)
  const observed = world.lists.get(name)
  const there = observed && 'sha256' in observed ? observed.sha256 : null
  if (there !== (last && sha256(last))) throw fault('release-stale', { name })

  const own = recompose(rendered, desired, world)
  const stop = stopped(own, allow)
  if (stop) return stop
  await proveImages(own, desired.images, pool, progress)
  await askAddresses(parse(content).images, desired.config.targets, pool)
  const message = await readSigned(folder, name)
  const path = `${folder}: ${name}`
  if (!message) throw fault('release-unsigned', { path })
  checkMessage(message, own, { content, path, anchors, now: now() })

  progress.step(`${name}: publishing version ${own.version.to}`)
  return await publishList(own, message, seen, now)
}

/** What is new at a target is not believed because the text says so: what is already published was proven then. */
async function proveImages(
  { images }: DueList,
  desired: Desired['images'],
  pool: TargetPool,
  progress: Surroundings['progress'],
): Promise<void> {
  for (const image of images) {
    if (image.action === 'remove' || !image.upload) continue
    const { source, bytes, uri } = image
    const known = desired.get(image.name)
    if (!known || source === null || !bytes.to || uri.to === null)
      throw new Error(`${image.name} was composed, and is not known`)
    progress.step(`${image.name}: checking what lies at its target`)
    await prove(known, { source, served: bytes.to, uri: uri.to }, pool)
  }
}

/** The message must be as vmcast writes it, of this text, by people whom subscribers accept. */
function checkMessage(
  bytes: Uint8Array,
  { uri, expires, countersigners }: DueList,
  { content, path, anchors, now }: { content: string; path: string; anchors: Anchors; now: Date },
): void {
  if (bytes.length > LIST_LIMIT) throw fault('own-list-too-large', { uri, size: bytes.length })
  const message = openMessage(bytes)
  if (message.content !== content || !isAsWritten(bytes, message)) throw fault('release-altered', { path })
  const signed = message.countersigners.map((one) => one.certificate)
  const lacking = missing(countersigners, signed).map(({ dn }) => dn)
  if (lacking.length > 0) throw fault('countersigner-missing', { path, names: lacking })
  const { failures } = verifyList(bytes, { anchors, now, countersigners })
  if (failures.length > 0) throw fault('own-list-refused', { uri, reasons: failures })
  const ends = parseTime(expires.to) ?? now
  for (const certificate of [message.signer, ...signed])
    judgeSigner({ certificate, chain: message.others }, anchors, now, ends)
}
