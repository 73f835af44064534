import { fault, isFault } from '../../errors.ts'
import { findAnchors, loadAnchors, NOBODY, type Anchors } from '../../trust/anchors.ts'
import { configuredTrust } from '../trust.ts'
import { describeSignature, readGiven, type Given, type Trustworthiness } from './message.ts'
import { storeList, type Stored } from './store.ts'

export interface Order {
  /** The content repository's folder; its vmcast.yaml may still be missing. */
  readonly folder: string
  readonly bytes: Uint8Array
  /** Where the bytes come from, as it may be shown. */
  readonly from: string
  /** Whether they came over the web, where anybody on the way could take a signature off. */
  readonly remote: boolean
  /** CA folder or bundle; null: what the repository or the environment says. */
  readonly ca: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
  /** Whether to import what no signature vouches for. */
  readonly unverified: boolean
  /** Whether to replace files that are there. */
  readonly force: boolean
}

export interface Report extends Trustworthiness {
  readonly files: readonly Stored[]
  readonly warnings: readonly string[]
}

/**
 * Takes a list over into a content repository. A signature that does not verify is refused, and so is a list
 * from the web without one. Throws `message-broken`, `import-unverified`, `import-unsigned`, `list-malformed`,
 * and what `storeList` throws.
 */
export async function takeOver(order: Order): Promise<Report> {
  const { folder, bytes, from, now, unverified, force } = order
  const given = readGiven(bytes, await anchorsOf(order), now)
  if (!unverified) refuse(given, order)
  const { content, signature, refusal } = given
  const origin = [`Imported from ${from}.`, ...describeSignature(given)].join('\n')
  const stored = await storeList(folder, content, origin, { force })
  return { signature, refusal: refusal && { message: refusal.message }, ...stored }
}

function refuse({ signature, refusal }: Given, { from, remote }: Order): void {
  if (refusal) throw refusal
  if (!signature && remote) throw fault('import-unsigned', { from })
}

/** Whom to trust; without any CA nobody, which a list's signature then fails by. */
async function anchorsOf({ folder, ca, env }: Order): Promise<Anchors> {
  try {
    const configured = configuredTrust(folder)
    return await loadAnchors(await findAnchors(ca ?? configured.ca, env), configured.crl)
  } catch (error) {
    if (isFault(error, 'trust-missing')) return NOBODY
    throw error
  }
}
