import { locate } from '../address.ts'
import { parseTime } from '../dates.ts'
import { fault, VmcastError } from '../errors.ts'
import { textOf } from '../json.ts'
import { countingNames, judgeCountersigners, missing } from '../list/countersigners.ts'
import { parse } from '../list/parse.ts'
import { LIST_LIMIT, openMessage } from '../list/smime.ts'
import { endorserFault } from '../list/verify.ts'
import type { Config, DesiredList, Failure, Observation, SignerName, Tag } from '../model.ts'
import { sha256 } from '../sums.ts'
import type { TargetPool } from '../targets/pool.ts'
import type { Anchors } from '../trust/anchors.ts'
import type { Certificate } from '../trust/certificate.ts'
import { judgeChain } from '../trust/chain.ts'
import { fetchList } from '../web.ts'

interface Fetched {
  readonly bytes: Uint8Array
  readonly tag: Tag
}

/**
 * The published list's bytes and tag; null if there is none, neither at its target nor at its address. Without secrets (`plan`), a target is asked
 * only if it takes none, or is the only way to the list; else its public address. Not being able to look is
 * thrown, and `list-elsewhere`.
 */
export async function fetchPublished(
  list: DesiredList,
  { targets }: Config,
  pool: TargetPool,
  secrets: boolean,
): Promise<Fetched | null> {
  if (isAskedAtTarget(list, targets, secrets)) {
    const { target, key, config } = await pool.reach(list.uri)
    const there = await target.read(key, LIST_LIMIT)
    // A target that was changed is empty, and what it replaces may be out there still.
    if (!there && config.public && (await fetchList(list.uri, LIST_LIMIT)))
      throw fault('list-elsewhere', { uri: list.uri })
    return there
  }
  const bytes = await fetchList(list.uri, LIST_LIMIT)
  return bytes && { bytes, tag: sha256(bytes) }
}

/** Whether the target is asked for what lies at `uri`, or that address itself. */
export function isAskedAtTarget(
  { uri }: Pick<DesiredList, 'uri'>,
  targets: Config['targets'],
  secrets: boolean,
): boolean {
  const to = locate(targets, uri)?.target
  return secrets || to?.to.startsWith('file:') === true || to?.public === false
}

/** Whom the list is judged by. */
interface Believed {
  readonly anchors: Anchors
  /** Who must each have signed or countersigned it. */
  readonly endorsers: readonly SignerName[]
}

/**
 * Judges a published list: integrity and signer first, then the chain at the list's own
 * `dc:date:created`, then today; both by what CAs have revoked until today. Expired is normal, and not looked at here.
 */
export function judge({ bytes, tag }: Fetched, { anchors, endorsers }: Believed, now: Date): Observation {
  const sum = sha256(bytes)
  try {
    const message = openMessage(bytes)
    const list = parse(message.content)
    const reason = endorserFault(list, message.signer)
    if (reason) return { state: 'broken', reason, tag, sha256: sum }
    const { signer, others } = message
    const created = parseTime(textOf(list.keys, 'dc:date:created')) ?? now
    const distrust = (certificate: Certificate) =>
      judgeChain(certificate, others, anchors, created, now) ?? judgeChain(certificate, others, anchors, now)
    const judged = judgeCountersigners(message, distrust)
    const countersigners = countingNames(judged)
    const certificates = [signer, ...judged.flatMap((one) => (one.reason === null ? one.certificate : []))]
    const absent = missing(endorsers, [signer, ...countersigners]).map(({ dn }) => dn)
    const { dn, ca } = signer
    return {
      state: 'intact',
      list,
      signer: { dn, ca },
      certificatesEnd: new Date(Math.min(...certificates.map(({ notAfter }) => notAfter.getTime()))),
      countersigners,
      untrusted:
        distrust(signer) ?? (absent.length > 0 ? `it is not countersigned by ${absent.join(' and ')}` : null),
      ours: message.ours,
      tag,
      sha256: sum,
    }
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return { state: 'broken', reason: error.message, tag, sha256: sum }
  }
}

/** When it was published, by its own word; null if it is not there, or does not say. */
export const createdOf = (observed: Observation | Failure | undefined): Date | null =>
  observed?.state === 'intact' ? parseTime(textOf(observed.list.keys, 'dc:date:created')) : null
