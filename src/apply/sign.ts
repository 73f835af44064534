import { parseTime } from '../dates.ts'
import { fault } from '../errors.ts'
import { textOf } from '../json.ts'
import { parse } from '../list/parse.ts'
import { LIST_LIMIT, sign } from '../list/smime.ts'
import { verifyList } from '../list/verify.ts'
import type { Anchors } from '../trust/anchors.ts'
import { judgeSigner } from '../trust/judge.ts'
import type { Pen } from '../trust/pen.ts'

/** Who signs, and whom subscribers trust. */
export interface Desk {
  readonly pen: Pen
  readonly anchors: Anchors
  readonly now: () => Date
}

/**
 * Signs the text of the list at `uri` if its certificates last as long as the list does, and verifies the message as
 * each subscriber will: one that does not verify never leaves the process. Throws `signer-refused`,
 * `own-list-refused`, `own-list-too-large`.
 */
export async function signList(
  content: string,
  uri: string,
  { pen, anchors, now }: Desk,
): Promise<Uint8Array> {
  const ends = parseTime(textOf(parse(content).keys, 'dc:date:expires'))
  judgeSigner(pen, anchors, now(), ends ?? now())
  const message = await sign(content, pen, now())
  const { failures } = verifyList(message, { anchors, now: now() })
  if (failures.length > 0) throw fault('own-list-refused', { uri, reasons: failures })
  if (message.length > LIST_LIMIT) throw fault('own-list-too-large', { uri, size: message.length })
  return message
}
