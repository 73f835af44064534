import { fault, isFault } from '../errors.ts'
import { sha256 } from '../sums.ts'
import type { Certificate } from '../trust/certificate.ts'
import type { Pen } from '../trust/pen.ts'
import { countersign } from './cms/countersign.ts'
import { readCountersignatures, type Countersigner } from './cms/countersignatures.ts'
import { makeSignature } from './cms/make.ts'
import { readSignature, verifySignature, type Signature } from './cms/read.ts'
import { alreadyAmong } from './countersigners.ts'
import { broken, splitHeaders } from './mime-headers.ts'
import { openEnvelope, type Envelope } from './mime.ts'

/** No list of thousands of images is larger, in bytes. Whatever is in one, reading it takes less than a second and 200 MB. */
export const LIST_LIMIT = 8 * 1024 * 1024

/** A signed message whose content is what its signer signed. Whether to trust the signer is another matter. */
export interface Message {
  /** The list's JSON text; lines end in LF. */
  readonly content: string
  readonly signer: Certificate
  /** Other certificates that came with it. */
  readonly others: readonly Certificate[]
  /** `SHA-256`, `SHA-1`, … */
  readonly digest: string
  /** When its signer's clock says that it was signed. */
  readonly signedAt: Date | null
  /** Who signed its signature too; whether to trust them is another matter. */
  readonly countersigners: readonly Countersigner[]
  /** Why other countersignatures are broken, as clauses: they count for nothing. */
  readonly countersignatureFaults: readonly string[]
  /** Whether vmcast made it. */
  readonly ours: boolean
}

/**
 * The published form of a list's JSON text (subscriber contract, points 1–6), verified by `openMessage`
 * before it is returned. `content` has LF at its lines' ends, and no CR.
 */
export async function sign(content: string, pen: Pen, now: Date): Promise<Uint8Array> {
  // An empty line stands for the part's headers, and is signed too.
  const part = `\r\n${content.replaceAll('\n', '\r\n')}`
  const signature = await makeSignature(Buffer.from(part), pen, now)
  const message = Buffer.from(wrap(content, signature))
  if (openMessage(message).content !== content)
    throw new Error('the signed message does not hold what was signed')
  return message
}

function wrap(content: string, signature: Uint8Array): string {
  const boundary = boundaryOf(content)
  const base64 = Buffer.from(signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg="sha-256"; boundary="${boundary}"`,
    '',
    'This is an S/MIME signed message',
    '',
    `--${boundary}`,
    '',
    content,
    `--${boundary}`,
    'Content-Type: application/x-pkcs7-signature; name="smime.p7s"',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename="smime.p7s"',
    '',
    base64,
    '',
    `--${boundary}--`,
    '',
  ].join('\n')
}

/** Follows from the content, so that vmcast knows its own lists, and no line of the content can be it. */
const boundaryOf = (content: string): string => `----vmcast-${sha256(content).slice(0, 32)}`

/**
 * Opens a signed message, whatever `openssl smime -verify` can read, and checks that its one signer signed
 * just this content. Throws `message-broken` with the reason.
 */
export function openMessage(bytes: Uint8Array): Message {
  const envelope = openEnvelope(bytes)
  if (!envelope.signature) throw broken(envelope.fault ?? 'it has no signature')
  const signature = readSignature(envelope.signature)
  const signed = envelope.content ?? signature.content
  if (!signed) throw broken('it holds no content')
  verifySignature(signature, signed)
  const { signer, others, digest, signedAt } = signature
  const { countersigners, faults: countersignatureFaults } = readCountersignatures(signature)
  const content = readContent(signed)
  const ours = envelope.boundary === boundaryOf(content)
  return { content, signer, others, digest, signedAt, countersigners, countersignatureFaults, ours }
}

/**
 * A message that vmcast signed, countersigned by a second person (subscriber contract, point 6): nothing of it
 * changes but the base64 of the signature. Throws `message-broken`, and `countersign-refused` if it is not as
 * vmcast wrote it, or who countersigns has signed it already, by name or by key.
 */
export async function countersignMessage(bytes: Uint8Array, pen: Pen, now: Date): Promise<Uint8Array> {
  const { dn, fingerprint } = pen.certificate
  const refuse = (reason: string) => fault('countersign-refused', { dn, reason })
  const before = openMessage(bytes)
  const { signature } = openEnvelope(bytes)
  if (!signature || !isAsWritten(bytes, before)) throw refuse('it is not byte by byte as vmcast wrote it')
  const signers = [before.signer, ...before.countersigners.map(({ certificate }) => certificate)]
  const reason = brokenOne(before) ?? alreadyAmong(signers, pen.certificate)
  if (reason !== null) throw refuse(reason)

  const message = Buffer.from(wrap(before.content, await countersign(signature, pen, now)))
  const after = openMessage(message)
  const failure = brokenOne(after)
  if (failure !== null) throw refuse(failure)
  if (after.countersigners.at(-1)?.certificate.fingerprint !== fingerprint)
    throw new Error('the countersigned message is not countersigned')
  return message
}

/** Whether an opened message is, byte by byte, as vmcast writes messages. */
export function isAsWritten(bytes: Uint8Array, { content }: Message): boolean {
  const { signature } = openEnvelope(bytes)
  return signature !== null && Buffer.compare(Buffer.from(wrap(content, signature)), bytes) === 0
}

const brokenOne = ({ countersignatureFaults: [one] }: Message): string | null =>
  one === undefined ? null : `a countersignature on it is broken: ${one}`

/** A message as it stands there: nothing in it can be relied on. */
export interface Unverified extends Pick<Message, 'content' | 'others'> {
  readonly signer: Certificate | null
}

/**
 * What a message holds and whom it names as its signer, nothing of it checked.
 * Throws `message-broken` if there is no content.
 */
export function readUnverified(bytes: Uint8Array): Unverified {
  const envelope = openEnvelope(bytes)
  const signature = attempt(envelope)
  const signed = envelope.content ?? signature?.content
  if (!signed) throw broken('it holds no content')
  return { content: readContent(signed), signer: signature?.signer ?? null, others: signature?.others ?? [] }
}

function attempt({ signature }: Envelope): Signature | null {
  try {
    return signature && readSignature(signature)
  } catch (error) {
    if (isFault(error, 'message-broken')) return null
    throw error
  }
}

/** The signed part's text without its headers, or the empty line that stands for them. */
function readContent(part: Uint8Array): string {
  const text = decode(withLf(part))
  if (text.startsWith('\n')) return text.slice(1)
  // The predecessors left the empty line out: then the list's JSON itself comes first.
  return /^[A-Za-z][A-Za-z0-9-]*:/.test(text) ? splitHeaders(text).body : text
}

/** The bytes with LF where lines end in CRLF. By hand: of millions of lines, replacing takes a second. */
function withLf(bytes: Uint8Array): Uint8Array {
  const plain = Buffer.alloc(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte !== CR || bytes[at + 1] !== LF) plain[length++] = byte
  }
  return plain.subarray(0, length)
}

const CR = 13
const LF = 10

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw broken('its content is not UTF-8', cause)
  }
}
