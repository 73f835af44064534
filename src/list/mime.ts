import { fault } from '../errors.ts'

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

interface Entity {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const OPAQUE = ['application/pkcs7-mime', 'application/x-pkcs7-mime']
const DETACHED = ['application/pkcs7-signature', 'application/x-pkcs7-signature']

/**
 * Takes a MIME message apart as OpenSSL does: lines may end in LF or CRLF, headers may be folded, text
 * before the first and after the last boundary is passed over. Source: RFC 5751, section 3.
 * Throws `message-broken` if there is nothing in it that could be a list.
 */
export function openEnvelope(bytes: Uint8Array): Envelope {
  // Latin1 holds each byte as a character, so that no byte is lost on the way.
  const { headers, body } = splitHeaders(Buffer.from(bytes).toString('latin1'))
  const contentType = headers.get('content-type')
  if (contentType === undefined) throw broken('it is no MIME message with a Content-Type')
  const { type, boundary } = readContentType(contentType)
  if (OPAQUE.includes(type)) return { content: null, boundary: null, ...readSignature(body) }
  if (type !== 'multipart/signed') throw broken(`its Content-Type is ${type}, not multipart/signed`)
  if (!boundary) throw broken('its Content-Type names no boundary')
  const { parts, closed } = splitParts(body, boundary)
  const [content, signature] = parts
  if (content === undefined) throw broken('it has no signed part')
  return {
    content: Buffer.from(content, 'latin1'),
    boundary,
    ...signaturePart(signature, parts.length, closed),
  }
}

type Signature = Pick<Envelope, 'signature' | 'fault'>

function signaturePart(part: string | undefined, count: number, closed: boolean): Signature {
  if (!closed) return without('it is cut short')
  if (part === undefined) return without('it has no signature part')
  if (count > 2) return without('it has more than one signature part')
  const { headers, body } = splitHeaders(part)
  const { type } = readContentType(headers.get('content-type') ?? '')
  if (!DETACHED.includes(type)) return without(`its second part is ${type || 'untyped'}, not a signature`)
  return readSignature(body)
}

/**
 * OpenSSL takes base64 for granted, whatever Content-Transfer-Encoding says, and reads no line that is
 * longer than mail allows (RFC 5322, section 2.1.1).
 */
function readSignature(body: string): Signature {
  if (/[^\n]{999}/.test(body)) return without('its signature has lines that are too long for mail')
  const base64 = body.replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return without('its signature is not base64')
  return { signature: Buffer.from(base64, 'base64'), fault: null }
}

const without = (reason: string): Signature => ({ signature: null, fault: reason })

/** What stands before the first empty line, unfolded, and what comes after it. */
export function splitHeaders(text: string): Entity {
  const end = /(?<!\r)\r*\n\r*\n/.exec(text)
  const head = canonical(end ? text.slice(0, end.index) : text)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = lines.flatMap((line) => {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? []
    return name !== undefined && value !== undefined ? [[name.toLowerCase(), value.trim()] as const] : []
  })
  return { headers: new Map(headers), body: end ? text.slice(end.index + end[0].length) : '' }
}

function readContentType(value: string): { type: string; boundary: string | null } {
  const [type = ''] = value.split(';')
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(value) ?? []
  return { type: type.trim().toLowerCase(), boundary: quoted ?? plain ?? null }
}

/** The parts between the boundary's lines; `closed`: whether the closing one is there. */
function splitParts(body: string, boundary: string): { parts: string[]; closed: boolean } {
  const text = `\n${body}`
  const mark = `\n--${boundary}`
  const parts: string[] = []
  for (let at = text.indexOf(mark); at >= 0;) {
    const after = at + mark.length
    if (text.startsWith('--', after)) return { parts, closed: true }
    const begin = text.indexOf('\n', after)
    if (begin < 0) break
    at = text.indexOf(mark, begin)
    parts.push(canonical(text.slice(begin + 1, at < 0 ? text.length : Math.max(at, begin + 1))))
  }
  return { parts, closed: false }
}

/** Line ends as CRLF, and none at the end: that one belongs to the boundary. */
const canonical = (part: string): string => part.replace(/(?<!\r)\r*\n/g, '\r\n').replace(/(?<!\r)\r+$/, '')

export const broken = (reason: string, cause?: unknown) => fault('message-broken', { reason }, cause)
