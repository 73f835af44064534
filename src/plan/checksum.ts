import { createHash } from 'node:crypto'
import { fault } from '../errors.ts'
import type { Json, JsonObject, KeyChange, ListedImage, ListPlan, Plan, SignerName } from '../model.ts'
import { isSameSigner, withoutSigner } from './endorser.ts'
import { asObject, get, isObject } from '../json.ts'
import { canonical, isEqual } from './compare.ts'

/** What somebody approved: a plan's checksum, the whole plan, or `RENEWALS`. */
export type Approval = string | Plan

/** Stands for no plan: a list that does not change, and is only signed anew, needs nobody's approval. */
export const RENEWALS = 'renewals'

/** Whether a text can name what somebody approved. */
export const isApproval = (text: string): boolean => text === RENEWALS || /^v[0-9]+-[0-9a-f]{64}$/.test(text)

/** A plan before it has its checksum. */
export type Unsummed = Omit<Plan, 'checksum'>

/**
 * Names what an approver approves: images, metadata, versions, removals, targets and trust. Not what the
 * clock gives (created, expires, a renewal and the version that it raises), nor the signer, nor what only
 * some machines know (sizes, the sums of what is yet to be compressed, and what git says has changed).
 */
export const checksum = (plan: Unsummed): string =>
  `v${plan.format}-${createHash('sha256')
    .update(canonical(covered(plan)))
    .digest('hex')}`

/** A short sum of each part that the checksum covers, by what it is called: two plans differ where these do. */
export function parts(plan: Unsummed): ReadonlyMap<string, string> {
  const { lists, ...rest } = covered(plan)
  const named = [
    ...Object.entries(rest),
    ...Object.entries(asObject(lists)).map(([name, list]) => [`list ${name}`, list] as const),
  ]
  return new Map(
    named.map(([name, part]) => [
      name,
      createHash('sha256').update(canonical(part)).digest('hex').slice(0, 12),
    ]),
  )
}

/** Throws `plan-differs`, with what differs, unless `plan` is what was approved. */
export function approve(approved: Approval, plan: Plan): void {
  const found =
    typeof approved === 'string'
      ? approved === plan.checksum
        ? []
        : [`Its checksum is ${plan.checksum}, not ${approved}.`]
      : differences(approved, plan)
  if (found.length > 0) throw fault('plan-differs', { differences: found })
}

/** Whether a list would change, and so needs an approval. */
export const isChange = ({ action }: ListPlan): boolean => action === 'add' || action === 'change'

/** What differs between two plans of what an approver approves, a line each: where, and both values. */
export function differences(approved: Plan, now: Plan): string[] {
  const isForged = checksum(approved) !== approved.checksum
  return [
    ...(isForged ? ['The approved plan was altered: its checksum is not that of its content.'] : []),
    ...compare([], covered(approved), covered(now)),
  ]
}

function compare(path: readonly string[], approved: Json, now: Json): string[] {
  if (isEqual(approved, now)) return []
  if (isObject(approved) && isObject(now)) {
    const keys = [...new Set([...Object.keys(approved), ...Object.keys(now)])].sort()
    return keys.flatMap((key) => compare([...path, key], get(approved, key), get(now, key)))
  }
  return [`${path.join(' / ')}: ${show(approved)} was approved, now it is ${show(now)}`]
}

function show(value: Json): string {
  if (value === null) return 'nothing'
  const json = JSON.stringify(value)
  return json.length > 100 ? `${json.slice(0, 100)}…` : json
}

function covered({ format, targets, trust, endorsers, lists }: Unsummed): JsonObject {
  return {
    format,
    targets: Object.fromEntries(targets.map((target) => [target.match, { ...target }])),
    trust,
    endorsers: endorsers.map((one) => ({ ...one })),
    lists: Object.fromEntries(lists.map((list) => [list.name, coveredList(list, endorsers)])),
  }
}

function coveredList(list: ListPlan, endorsers: readonly SignerName[]): JsonObject {
  if (list.action === 'failed') return { action: 'failed' }
  // A renewal is the clock's doing, and another signer is judged again: the content stays.
  const isSame = list.action === 'renew' || list.action === 'keep'
  const listed = list.images.filter((image) => image.action !== 'remove')
  const removed = list.images.filter((image) => image.action === 'remove')
  return {
    identifier: list.identifier,
    uri: list.uri,
    action: isSame ? 'keep' : list.action,
    version: isSame ? null : { ...list.version },
    rolledBack: list.rolledBack?.version ?? null,
    // Which endorsers must countersign depends on who of them signs.
    countersigners: list.countersigners
      .filter((one) => !endorsers.some((endorser) => isSameSigner(one, endorser)))
      .map((one) => ({ ...one })),
    keys: coveredKeys(list.keys),
    order: listed.map(({ name }) => name),
    images: Object.fromEntries(listed.map((image) => [image.name, coveredImage(image, list.expires.to)])),
    removed: Object.fromEntries(
      removed.map(({ identifier, version, reason, advisory }) => [identifier, { version, reason, advisory }]),
    ),
  }
}

function coveredImage(image: ListedImage, expires: string): JsonObject {
  const { identifier, version, bytes, source, uri, upload } = image
  // Without `from`, and only named where it follows its list: both are the clock's.
  const keys = image.keys.map((change) =>
    change.key === 'dc:date:expires'
      ? { ...change, from: null, to: change.to === expires ? 'as the list' : change.to }
      : change,
  )
  return {
    identifier,
    version: { ...version },
    // The same on every machine, whether or not it has compressed the file before.
    bytes: source ?? (bytes.to && { ...bytes.to }),
    uri: upload ? upload.prefix : uri.to,
    keys: coveredKeys(keys),
  }
}

const coveredKeys = (keys: readonly KeyChange[]): JsonObject =>
  Object.fromEntries(
    keys.map(({ key, from, to }) =>
      key === 'hv:endorser'
        ? [key, { from: withoutSigner(from), to: withoutSigner(to) }]
        : [key, { from, to }],
    ),
  )
