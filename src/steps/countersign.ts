import type { Desk } from '../apply/sign.ts'
import { parseTime } from '../dates.ts'
import { fault } from '../errors.ts'
import { textOf } from '../json.ts'
import { missing } from '../list/countersigners.ts'
import { parse } from '../list/parse.ts'
import { countersignMessage, openMessage, type Message } from '../list/smime.ts'
import { verifyList } from '../list/verify.ts'
import { readSigned, writeSigned } from '../release/folder.ts'
import { judgeSigner } from '../trust/judge.ts'
import { propose, select, type Proposal, type SignOrder } from './sign.ts'

/** A list that is signed, as whoever countersigns it should see it. */
export interface SignedProposal extends Proposal {
  readonly message: Uint8Array
  /** Whether who countersigns has done so already. */
  readonly done: boolean
}

/**
 * What there is to countersign in a folder: what `propose` finds of it, once its signature is what subscribers accept.
 * Reaches no network. Throws as `propose` does, and `release-unsigned`, `release-altered`, `countersign-refused`.
 */
export async function proposeSigned(order: SignOrder, desk: Desk): Promise<readonly SignedProposal[]> {
  const rendered = await select(order.folder, order.lists)
  return await Promise.all(rendered.map(({ name }) => proposeOne(name, order, desk)))
}

async function proposeOne(name: string, order: SignOrder, desk: Desk): Promise<SignedProposal> {
  const path = `${order.folder}: ${name}`
  const { pen, anchors, now } = desk
  const { dn } = pen.certificate
  const bytes = await readSigned(order.folder, name)
  if (!bytes) throw fault('release-unsigned', { path })
  const message = openMessage(bytes)
  const [proposal] = await propose({ ...order, lists: [name] }, message.signer, desk)
  if (proposal?.content !== message.content) throw fault('release-altered', { path })
  const { failures } = verifyList(bytes, { anchors, now: now() })
  if (failures.length > 0) {
    const reason = failures.map((one) => one.replace(/\.$/, '')).join('; ')
    throw fault('countersign-refused', { dn, reason })
  }
  return {
    ...proposal,
    message: bytes,
    done: message.countersigners.some(
      ({ certificate }) => certificate.fingerprint === pen.certificate.fingerprint,
    ),
    notes: [...proposal.notes, ...signersOf(message), ...unasked(order, proposal, desk)],
  }
}

const signersOf = ({ signer, countersigners }: Message): string[] => [
  `Signed by ${signer.dn} (of ${signer.ca}).`,
  ...countersigners.map(({ certificate: { dn, ca } }) => `Countersigned by ${dn} (of ${ca}).`),
]

/** Only a checkout says whose countersignature a list needs. */
function unasked({ root }: SignOrder, { difference }: Proposal, { pen }: Desk): string[] {
  const { dn, ca } = pen.certificate
  return root !== null && missing([{ dn, ca }], difference.countersigners).length > 0
    ? [`This checkout does not ask for a countersignature by ${dn} (of ${ca}).`]
    : []
}

/**
 * Countersigns what was proposed, and puts it in the place of the message. Throws `signer-refused`, and as
 * `countersignMessage` does.
 */
export async function countersignProposal(
  folder: string,
  { name, content, message }: SignedProposal,
  { pen, anchors, now }: Desk,
): Promise<void> {
  const ends = parseTime(textOf(parse(content).keys, 'dc:date:expires'))
  judgeSigner(pen, anchors, now(), ends ?? now())
  await writeSigned(folder, name, await countersignMessage(message, pen, now()))
}
