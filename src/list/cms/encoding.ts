/** More than any signature with its certificates and countersignatures needs; each costs time to read. */
const DEEPEST = 32
const MOST_VALUES = 10_000

const CONSTRUCTED = 0x20
const INDEFINITE = 0x80
const SEQUENCE = 0x30
const SET = 0x31

/**
 * Throws an Error if the bytes are not one value in BER (X.690) as OpenSSL reads it: every value ends where
 * what holds it says, and numbers are as short as they can be. asn1js is content with less. `form`: DER has one
 * way of writing each value, so that what was signed is known.
 */
export function checkEncoding(bytes: Uint8Array, form: 'BER' | 'DER'): void {
  let values = 0

  /** Where the value at `start` ends; it may not go beyond `limit`. */
  const endOf = (start: number, limit: number, depth: number, inString: boolean): number => {
    values += 1
    if (depth > DEEPEST || values > MOST_VALUES) throw malformed('it has too many parts')
    const tag = bytes[start] ?? 0
    const { begin, length } = lengthAt(bytes, start + 1, form)
    if (begin + (length ?? 0) > limit) throw malformed('a value is longer than what holds it')
    if ((tag & 0x1f) === 0x1f || tag === 0) throw malformed('it has a tag that nothing here has')
    if (!(tag & CONSTRUCTED)) {
      if (length === null) throw malformed('a plain value has no length')
      if (FORMS.get(tag)?.(bytes.subarray(begin, begin + length)) === false)
        throw malformed('a value is not in the form of its type')
      return begin + length
    }
    const isString = tag < INDEFINITE && tag !== SEQUENCE && tag !== SET
    if (isString && (form === 'DER' || inString)) throw malformed('a text is in pieces')
    const end = length === null ? limit : begin + length
    let at = begin
    while (at < end && !(length === null && isEnd(bytes, at))) at = endOf(at, end, depth + 1, isString)
    if (length === null && !isEnd(bytes, at)) throw malformed('a value has no end')
    return length === null ? at + 2 : at
  }

  if (endOf(0, bytes.length, 0, false) !== bytes.length) throw malformed('something comes after it')
}

const isEnd = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0 && bytes[at + 1] === 0

/** Where the content begins, and its length; null: until its end is marked. */
function lengthAt(
  bytes: Uint8Array,
  at: number,
  form: 'BER' | 'DER',
): { begin: number; length: number | null } {
  const first = bytes[at]
  if (first === undefined) throw malformed('it is cut short')
  if (first < INDEFINITE) return { begin: at + 1, length: first }
  if (first === INDEFINITE && form === 'BER') return { begin: at + 1, length: null }
  const size = first - INDEFINITE
  // No message is so long that four bytes would not do.
  if (size < 1 || size > 4 || at + size >= bytes.length) throw malformed('a length cannot be read')
  const length = bytes.subarray(at + 1, at + 1 + size).reduce((sum, byte) => sum * 256 + byte, 0)
  const isShortest = length >= INDEFINITE && bytes[at + 1] !== 0
  if (form === 'DER' && !isShortest) throw malformed('a length is longer than it needs to be')
  return { begin: at + 1 + size, length }
}

/** Types whose values have one form, wherever they are (X.690, section 8). */
const FORMS = new Map<number, (content: Uint8Array) => boolean>([
  [0x01, ({ length }) => length === 1], // BOOLEAN
  [0x02, isNumber],
  [0x03, isBits],
  [0x05, ({ length }) => length === 0], // NULL
  [0x06, isOid],
  [0x0a, isNumber], // ENUMERATED
  [SEQUENCE - CONSTRUCTED, () => false],
  [SET - CONSTRUCTED, () => false],
])

/** INTEGER: as short as it can be. */
function isNumber([first, second]: Uint8Array): boolean {
  if (second === undefined) return first !== undefined
  return !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
}

/** BIT STRING: how many bits of the last byte are not used, and those are 0. */
function isBits(content: Uint8Array): boolean {
  const [unused = 8] = content
  const last = content.length > 1 ? (content.at(-1) ?? 0) : 0
  return unused < 8 && (content.length > 1 || unused === 0) && (last & ((1 << unused) - 1)) === 0
}

/** OBJECT IDENTIFIER: every arc ends, and none begins with zeros. */
function isOid(content: Uint8Array): boolean {
  const begins = (at: number) => at === 0 || (content[at - 1] ?? 0) < 0x80
  return (content.at(-1) ?? 0x80) < 0x80 && !content.some((byte, at) => byte === 0x80 && begins(at))
}

const malformed = (reason: string) => new Error(reason)
