import { broken, hasLongLine, readContentType, splitHeaders } from './mime-headers.ts'

/** A signed message, taken apart but not judged. */
export interface Envelope {
  /** What was signed, line ends as CRLF; null if the signature holds it itself (opaque). */
  readonly content: Uint8Array | null
  /** The CMS structure; null if the message has none that can be read. */
  readonly signature: Uint8Array | null
  /** Why `signature` is null. */
  readonly fault: string | null
  readonly boundary: string | null
}

/** Characters of base64: a detached signature with all its certificates takes a few thousand. */
const LONGEST_SIGNATURE = 1024 * 1024

const OPAQUE = ['application/pkcs7-mime', 'application/x-pkcs7-mime']
const DETACHED = ['application/pkcs7-signature', 'application/x-pkcs7-signature']

/**
 * Takes a MIME message apart as OpenSSL does: lines may end in LF or CRLF, headers may be folded, text
 * before the first and after the last boundary is passed over. Source: RFC 5751, section 3.
 * Throws `message-broken` if there is nothing in it that could be a list.
 */
export function openEnvelope(bytes: Uint8Array): Envelope {
  // Latin1 holds each byte as a character, so that no byte is lost on the way.
  const { head, body } = splitHeaders(Buffer.from(bytes).toString('latin1'))
  const { type, boundary } = readContentType(head)
  if (!type) throw broken('it is no MIME message with a Content-Type')
  if (OPAQUE.includes(type)) return { content: null, boundary: null, ...readSignature(body) }
  if (type !== 'multipart/signed') throw broken(`its Content-Type is ${type}, not multipart/signed`)
  // OpenSSL reads none of one character.
  if (!boundary?.[1]) throw broken('its Content-Type names no boundary')
  const parts = splitParts(body, boundary)
  const [content] = parts.parts
  if (content === undefined) throw broken('it has no signed part')
  return { content: canonical(content), boundary, ...signaturePart(parts) }
}

type Signature = Pick<Envelope, 'signature' | 'fault'>

function signaturePart({ parts: [, part, another], closed, plain }: Parts): Signature {
  if (another !== undefined) return without('it has more than one signature part')
  if (!closed) return without('it is cut short')
  if (part === undefined) return without('it has no signature part')
  if (!plain) return without('it has lines that not all programs read in the same way')
  const { head, body } = splitHeaders(part)
  const { type } = readContentType(head)
  if (type === null || !DETACHED.includes(type))
    return without(`its second part is ${type ?? 'untyped'}, not a signature`)
  return body.length > LONGEST_SIGNATURE ? without('its signature is too long for one') : readSignature(body)
}

/**
 * OpenSSL takes base64 for granted, whatever Content-Transfer-Encoding says, and reads no line that is
 * longer than mail allows (RFC 5322, section 2.1.1).
 */
function readSignature(body: string): Signature {
  if (hasLongLine(body)) return without('its signature has lines that are too long for mail')
  const base64 = body.replace(/[ \t\r\n]/g, '')
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return without('its signature is not base64')
  return { signature: Buffer.from(base64, 'base64'), fault: null }
}

const without = (reason: string): Signature => ({ signature: null, fault: reason })

interface Parts {
  /** Three at most. */
  readonly parts: readonly string[]
  /** Whether the closing line is there. */
  readonly closed: boolean
  /** Whether all lines up to there are text. */
  readonly plain: boolean
}

/** The parts between the boundary's lines. */
function splitParts(body: string, boundary: string): Parts {
  const text = `\n${body}`
  const mark = `\n--${boundary}`
  const parts: string[] = []
  for (let at = text.indexOf(mark); at >= 0 && parts.length < 3;) {
    const after = at + mark.length
    if (text.startsWith('--', after))
      return { parts, closed: true, plain: isPlain(text.slice(0, at + 1), boundary) }
    const begin = text.indexOf('\n', after)
    if (begin < 0) break
    at = text.indexOf(mark, begin)
    parts.push(text.slice(begin + 1, at < 0 ? text.length : Math.max(at, begin + 1)))
  }
  return { parts, closed: false, plain: false }
}

/**
 * OpenSSL ends a line at a NUL, and cuts one of more than 1023 bytes into pieces: a boundary that begins a piece,
 * or a CR that ends one, is not what it was.
 */
const isPlain = (text: string, boundary: string): boolean =>
  !/\0|\r(?![\r\n])/.test(text) && text.split(`--${boundary}`).length === text.split(`\n--${boundary}`).length

/** The bytes with CRLF at their lines' ends, and none at the last: that one belongs to the boundary. */
function canonical(part: string): Uint8Array {
  const bytes = Buffer.alloc(2 * part.length)
  let length = 0
  const dropReturns = () => {
    while (bytes[length - 1] === CR && length > 0) length -= 1
  }
  for (let at = 0; at < part.length; at += 1) {
    const byte = part.charCodeAt(at)
    if (byte === LF) {
      dropReturns()
      bytes[length++] = CR
    }
    bytes[length++] = byte
  }
  dropReturns()
  return bytes.subarray(0, length)
}

const CR = 13
const LF = 10
