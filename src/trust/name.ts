import { elementAt, elementsOf, type Element } from './der.ts'
import { SHORT_NAMES } from './short-names.ts'

/** The types whose short name every version of OpenSSL that subscribers have, and every other library, knows. */
const AGREED = new Set(
  [
    'UID DC emailAddress unstructuredName CN SN serialNumber C L ST street O OU title description businessCategory',
    'postalCode name GN initials generationQualifier dnQualifier pseudonym organizationIdentifier',
  ]
    .join(' ')
    .split(' '),
)

/** Tags (X.680, section 8.4) of what stands in a name. */
const TAG = { bitString: 0x03, objectIdentifier: 0x06, sequence: 0x30, set: 0x31 } as const

/** UTF8String, NumericString, PrintableString, T61String, IA5String, UniversalString and BMPString. */
const STRINGS: readonly number[] = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1e]

/** OpenSSL prints no more characters of an OID. */
const LONGEST_OID = 79

/** A distinguished name in the slash form (subscriber contract, point 8). */
export interface Name {
  /**
   * As OpenSSL 3 prints its one-line form (`-nameopt compat`), in the certificate's own order: each byte of a value by
   * itself, whatever its string type, and `/` and `+` in it behind a backslash. Older ones print no backslash, and a
   * multi-valued part like several.
   */
  readonly text: string
  /** Why the subscribers' libraries would disagree about it; null if they agree. */
  readonly odd: string | null
}

/** Reads the DER of an X.501 Name. Throws an Error if it is none. */
export function readName(der: ArrayBuffer | Uint8Array): Name {
  const parts = partsOf(elementAt(new Uint8Array(der)), TAG.sequence).map(readRdn)
  return {
    text: parts.map(({ text }) => `/${text}`).join(''),
    odd: parts.length === 0 ? 'it is empty' : (parts.find(({ odd }) => odd !== null)?.odd ?? null),
  }
}

function readRdn(rdn: Element): Name {
  const attributes = partsOf(rdn, TAG.set).map(readAttribute)
  const [first, ...others] = attributes
  if (!first) throw new Error('a relative distinguished name is empty')
  if (others.length === 0) return first
  return { text: attributes.map(({ text }) => text).join('+'), odd: 'it has a multi-valued part' }
}

function readAttribute(attribute: Element): Name {
  const [type, value, ...rest] = partsOf(attribute, TAG.sequence)
  if (type?.tag !== TAG.objectIdentifier || !value || rest.length > 0)
    throw new Error('a name’s attribute is malformed')
  const oid = dotted(type.value)
  const short = SHORT_NAMES.get(oid)
  const text = Buffer.from(bytesOf(value)).toString('latin1')
  return {
    text: `${short ?? oid.slice(0, LONGEST_OID)}=${text.replace(/[/+]/g, '\\$&').replace(/[^ -~]/g, escapeByte)}`,
    odd:
      short !== undefined && AGREED.has(short) ? oddity(text) : `${oid} has no short name that all agree on`,
  }
}

function partsOf({ tag, value }: Element, expected: number): readonly Element[] {
  if (tag !== expected) throw new Error('a distinguished name is malformed')
  return elementsOf(value)
}

function bytesOf({ tag, value }: Element): Uint8Array {
  if (STRINGS.includes(tag)) return value
  if (tag !== TAG.bitString) throw new Error('a name’s value is no text')
  // The first byte says how many of the last one's bits do not count.
  const [unused = 0, ...bytes] = value
  return Uint8Array.from(bytes, (byte, index) =>
    index === bytes.length - 1 ? byte & (0xff << unused) : byte,
  )
}

/** An OID's numbers (X.690, section 8.19); they may be of any size, as those made from a UUID are. */
function dotted(bytes: Uint8Array): string {
  const numbers: bigint[] = []
  let number = 0n
  for (const byte of bytes) {
    number = (number << 7n) | BigInt(byte & 0x7f)
    if (byte & 0x80) continue
    numbers.push(number)
    number = 0n
  }
  const [first = 0n, ...others] = numbers
  const top = first < 80n ? first / 40n : 2n
  return [top, first - 40n * top, ...others].join('.')
}

const escapeByte = (unit: string): string =>
  `\\x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

function oddity(value: string): string | null {
  // A value in a string type of two or four bytes a character has NULs, so this names it too.
  if (/[^ -~]/.test(value)) return 'it has characters outside ASCII'
  return /[/+]/.test(value) ? 'it has a / or + inside a value' : null
}
