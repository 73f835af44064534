/** One element of DER (X.690): a tag with its value. */
export interface Element {
  readonly tag: number
  readonly value: Uint8Array
  /** Header and value. */
  readonly raw: Uint8Array
}

/** Tags that occur in revocation lists. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  context0: 0xa0,
  context0Primitive: 0x80,
  context2Primitive: 0x82,
} as const

/**
 * The elements that `bytes` consists of. Made for revocation lists: a hundred thousand entries
 * are walked through in place, where a general reader would build a million objects. Throws an Error if it is not DER.
 */
export function elementsOf(bytes: Uint8Array): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at)
    elements.push(element)
    at += element.raw.length
  }
  return elements
}

/** The first element of `bytes`, whatever follows. Throws an Error if it is not DER. */
export function elementAt(bytes: Uint8Array, at = 0): Element {
  const tag = bytes[at] ?? 0
  const first = bytes[at + 1] ?? 0x80
  // 0x1f: a tag of several bytes; 0x80: a length that BER leaves open.
  if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x84) throw new Error('it is not in DER')
  const start = at + 2 + (first > 0x80 ? first - 0x80 : 0)
  const length =
    first < 0x80 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  if (start + length > bytes.length) throw new Error('it is cut off')
  return { tag, value: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) }
}

export const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

/** The time of a UTCTime or GeneralizedTime as RFC 5280 (section 4.1.2.5) has them; null if it is neither. */
export function timeOf({ tag, value }: Element): Date | null {
  const digits = Buffer.from(value).toString('latin1')
  const full = tag === TAG.utcTime ? `${Number(digits.slice(0, 2)) < 50 ? '20' : '19'}${digits}` : digits
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? []
  if (!year || (tag !== TAG.utcTime && tag !== TAG.generalizedTime)) return null
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time.getTime()) ? null : time
}
