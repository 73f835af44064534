import { verify, type KeyObject } from 'node:crypto'
import { elementAt, elementsOf, hex, TAG, timeOf, type Element } from './der.ts'
import { readName } from './name.ts'

/** A certificate revocation list (RFC 5280, section 5), read. */
export interface RevocationList {
  readonly thisUpdate: Date
  /** Null where its CA breaks the RFC and does not say when the next one comes. */
  readonly nextUpdate: Date | null
  /** Of the CA that signed it, in hex, as far as it says: its key's identifier, its certificate's serial number. */
  readonly authority: { readonly key: string | null; readonly serial: string | null }
  /** Why its silence about a certificate says nothing; null if it does. */
  readonly limits: string | null
  /** Whether it is signed with SHA-1. */
  readonly outdated: boolean
  /** What it says of the certificate with this serial number, in hex; null if nothing. */
  readonly find: (serial: string) => Revoked | null
  readonly isSignedBy: (key: KeyObject) => boolean
}

export interface Revoked {
  readonly at: Date
  /** In the words of RFC 5280, section 5.3.1; null if it does not say. */
  readonly reason: string | null
}

/** A revocation list as it came. A folder has many, and a chain needs few: it is read when first asked for. */
export class Crl {
  readonly file: string
  /** The CA’s name, in the slash form. */
  readonly issuer: string
  readonly #der: Uint8Array
  #list: RevocationList | null = null

  /** Looks for the issuer alone. Throws an Error if `der` does not begin as a revocation list. */
  constructor(der: Uint8Array, file: string) {
    const { issuer } = fieldsOf(der)
    this.file = file
    this.issuer = readName(Uint8Array.from(issuer.raw).buffer).text
    this.#der = der
  }

  /** Throws an Error if it cannot be read. */
  read(): RevocationList {
    return (this.#list ??= parse(fieldsOf(this.#der)))
  }
}

interface Fields {
  /** What is signed. */
  readonly body: Element
  readonly algorithms: readonly [Element, Element]
  readonly signature: Element
  readonly issuer: Element
  readonly times: readonly Element[]
  readonly revoked: Element | undefined
  readonly extensions: Element | undefined
}

function fieldsOf(der: Uint8Array): Fields {
  const whole = elementAt(der)
  const [body, outer, signature] = elementsOf(whole.value)
  // A signature is whole bytes, and says so in its first.
  const isSound = whole.tag === TAG.sequence && signature?.tag === TAG.bitString && signature.value[0] === 0
  if (!body || !outer || !isSound) throw new Error('it is no revocation list')
  const parts = elementsOf(body.value)
  const [inner, issuer, ...rest] = parts[0]?.tag === TAG.integer ? parts.slice(1) : parts
  if (!inner || !issuer) throw new Error('it is no revocation list')
  return {
    body,
    algorithms: [inner, outer],
    signature,
    issuer,
    times: rest.filter(({ tag }) => tag === TAG.utcTime || tag === TAG.generalizedTime),
    revoked: rest.find(({ tag }) => tag === TAG.sequence),
    extensions: rest.find(({ tag }) => tag === TAG.context0),
  }
}

function parse({ body, algorithms, signature, times, revoked, extensions }: Fields): RevocationList {
  const [thisUpdate, nextUpdate] = times.map(timeOf)
  if (!thisUpdate) throw new Error('it has no time')
  const own = extensions ? extensionsOf(elementAt(extensions.value)) : []
  const entries = readEntries(revoked)
  const scheme = SCHEMES.get(hex(elementAt(elementAt(algorithms[1].raw).value).value))
  const isConsistent = hex(algorithms[0].raw) === hex(algorithms[1].raw)
  return {
    thisUpdate,
    nextUpdate: nextUpdate ?? null,
    authority: authorityOf(own),
    limits: limitsOf(own, entries.areUnderstood),
    outdated: scheme?.digest === 'sha1',
    find: (serial) => entries.find(serial),
    isSignedBy: (key) =>
      scheme?.key === key.asymmetricKeyType &&
      isConsistent &&
      verify(scheme?.digest, body.raw, key, signature.value.subarray(1)),
  }
}

/** By the OID in hex: how a list is signed. MD5 is not among them: anybody can forge what it signs. */
const SCHEMES = new Map<string, { readonly key: string; readonly digest: string | null }>([
  ['2a864886f70d010105', { key: 'rsa', digest: 'sha1' }],
  ['2a864886f70d01010b', { key: 'rsa', digest: 'sha256' }],
  ['2a864886f70d01010c', { key: 'rsa', digest: 'sha384' }],
  ['2a864886f70d01010d', { key: 'rsa', digest: 'sha512' }],
  ['2a8648ce3d0401', { key: 'ec', digest: 'sha1' }],
  ['2a8648ce3d040302', { key: 'ec', digest: 'sha256' }],
  ['2a8648ce3d040303', { key: 'ec', digest: 'sha384' }],
  ['2a8648ce3d040304', { key: 'ec', digest: 'sha512' }],
  ['2b6570', { key: 'ed25519', digest: null }],
])

interface Extension {
  /** Contents of its OID, in hex. */
  readonly oid: string
  readonly critical: boolean
  readonly value: Uint8Array
}

const OID = {
  reasonCode: '551d15',
  deltaIndicator: '551d1b',
  issuingDistributionPoint: '551d1c',
  certificateIssuer: '551d1d',
  authorityKeyIdentifier: '551d23',
} as const

const extensionsOf = (list: Element): Extension[] =>
  elementsOf(list.value).map(({ value }) => {
    const [oid, ...rest] = elementsOf(value)
    const octets = rest.at(-1)
    if (!oid || !octets) throw new Error('an extension is malformed')
    const critical = rest.length > 1 && rest[0]?.value[0] !== 0
    return { oid: hex(oid.value), critical, value: octets.value }
  })

function authorityOf(extensions: readonly Extension[]): RevocationList['authority'] {
  const identifier = extensions.find(({ oid }) => oid === OID.authorityKeyIdentifier)
  const parts = identifier ? elementsOf(elementAt(identifier.value).value) : []
  const part = (tag: number) => {
    const found = parts.find((one) => one.tag === tag)
    return found ? hex(found.value) : null
  }
  return { key: part(TAG.context0Primitive), serial: part(TAG.context2Primitive) }
}

function limitsOf(extensions: readonly Extension[], areEntriesUnderstood: boolean): string | null {
  const has = (wanted: string) => extensions.some(({ oid }) => oid === wanted)
  if (has(OID.deltaIndicator)) return 'it is a delta, which tells only of changes'
  if (has(OID.issuingDistributionPoint))
    return 'it covers only some certificates, or those of other CAs (issuing distribution point)'
  if (extensions.some(({ oid, critical }) => critical && oid !== OID.authorityKeyIdentifier))
    return 'it has a critical extension that is unknown'
  return areEntriesUnderstood ? null : 'an entry of it has a critical extension that is unknown'
}

/** The entries by serial number. Their times and reasons are read where they are asked for. */
function readEntries(list: Element | undefined) {
  const entries = new Map<string, readonly Element[]>()
  let areUnderstood = true
  for (const { value } of list ? elementsOf(list.value) : []) {
    const [serial, ...rest] = elementsOf(value)
    if (!serial) throw new Error('an entry is malformed')
    entries.set(hex(serial.value), rest)
    if (rest[1] && extensionsOf(rest[1]).some(isStrange)) areUnderstood = false
  }
  const find = (serial: string): Revoked | null => {
    const found = entries.get(serial)
    return found ? readEntry(found) : null
  }
  return { find, areUnderstood }
}

const isStrange = ({ oid, critical }: Extension): boolean =>
  oid === OID.certificateIssuer || (critical && oid !== OID.reasonCode)

const REMOVED = 8

/** In the order of their numbers. */
const REASONS = [
  null,
  'its key was compromised',
  'its CA was compromised',
  'its owner’s affiliation changed',
  'it was superseded',
  'it is no longer needed',
  'it is on hold',
  null,
  null,
  'a privilege was withdrawn',
  'an attribute authority was compromised',
] as const

function readEntry([time, extensions]: readonly Element[]): Revoked | null {
  const at = time && timeOf(time)
  if (!at) throw new Error('an entry is malformed')
  const code = extensions && extensionsOf(extensions).find(({ oid }) => oid === OID.reasonCode)
  const number = code ? (elementAt(code.value).value[0] ?? 0) : 0
  return number === REMOVED ? null : { at, reason: REASONS[number] ?? null }
}
