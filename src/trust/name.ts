import { type BaseBlock, ObjectIdentifier, Sequence, Set as Asn1Set, fromBER } from 'asn1js'

/** The short names that OpenSSL prints for the attribute types which certificates of this world use. */
const SHORT_NAMES = new Map([
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
])

/** A distinguished name in the slash form (subscriber contract, point 8). */
export interface Name {
  /** As OpenSSL's one-line form prints it, in the certificate's own order. */
  readonly text: string
  /** Why the subscribers' libraries would disagree about it; null if they agree. */
  readonly odd: string | null
}

/** Reads the DER of an X.501 Name. Throws an Error if it is none. */
export function readName(der: ArrayBuffer): Name {
  const { result } = fromBER(der)
  if (!(result instanceof Sequence)) throw new Error('a distinguished name is not a SEQUENCE')
  const parts = result.valueBlock.value.map(readRdn)
  return {
    text: parts.map(({ text }) => text).join(''),
    odd: parts.length === 0 ? 'it is empty' : (parts.find(({ odd }) => odd !== null)?.odd ?? null),
  }
}

function readRdn(rdn: BaseBlock): Name {
  if (!(rdn instanceof Asn1Set)) throw new Error('a relative distinguished name is not a SET')
  const [attribute, another] = rdn.valueBlock.value.map(readAttribute)
  if (!attribute) throw new Error('a relative distinguished name is empty')
  if (!another) return attribute
  return { text: attribute.text + another.text, odd: 'it has a multi-valued part' }
}

function readAttribute(attribute: BaseBlock): Name {
  const [type, value] = attribute instanceof Sequence ? attribute.valueBlock.value : []
  if (!(type instanceof ObjectIdentifier) || !value) throw new Error('a name’s attribute is malformed')
  const oid = type.valueBlock.toString()
  const short = SHORT_NAMES.get(oid)
  const header = value.idBlock.blockLength + value.lenBlock.blockLength
  const text = Buffer.from(value.valueBeforeDecodeView.subarray(header)).toString('latin1')
  return {
    text: `/${short ?? oid}=${text.replace(/[^ -~]/g, escapeByte)}`,
    odd: short ? oddity(text) : `${oid} has no short name that all agree on`,
  }
}

const escapeByte = (unit: string): string =>
  `\\x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

function oddity(value: string): string | null {
  // A value in a string type of two or four bytes a character has NULs, so this names it too.
  if (/[^ -~]/.test(value)) return 'it has characters outside ASCII'
  return /[/+]/.test(value) ? 'it has a / or + inside a value' : null
}
