import { createHash, X509Certificate, type KeyObject } from 'node:crypto'
import { BitString, fromBER } from 'asn1js'
import { AltName, BasicConstraints, Certificate as Asn1Certificate, ExtKeyUsage, type Extension } from 'pkijs'
import { fault } from '../errors.ts'
import type { SignerFacts } from '../model.ts'
import { elementAt, hex } from './der.ts'
import { readName } from './name.ts'

/** An X.509 certificate: what the rules on endorsers and chains ask of it. */
export interface Certificate extends SignerFacts {
  readonly der: Uint8Array
  /** SHA-256 over the DER, lower-case hex. */
  readonly fingerprint: string
  readonly notBefore: Date
  /** Why subscribers' libraries would disagree about its subject or issuer; null if they agree. */
  readonly odd: string | null
  /** OpenSSL's own view, for issuing and signatures. */
  readonly x509: X509Certificate
  /** pkijs' view, for its names and numbers. */
  readonly asn1: Asn1Certificate
  readonly publicKey: KeyObject
  readonly version: number
  /** OID of the algorithm that its issuer signed it with. */
  readonly signatureAlgorithm: string
  /** First byte of keyUsage; null: no such extension. */
  readonly keyUsage: number | null
  /** First byte of Netscape's certificate type, which old CAs still write; null: no such extension. */
  readonly netscapeType: number | null
  /** OIDs of the extended key usage; null: no such extension. */
  readonly extendedKeyUsage: readonly string[] | null
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null
  /** In hex; null: no such extension. */
  readonly keyIdentifier: string | null
  /** OID → whether it is critical. */
  readonly extensions: ReadonlyMap<string, boolean>
}

/** OIDs of the extensions that rules speak of (RFC 5280, section 4.2; RFC 3820). */
export const EXTENSION = {
  keyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
  proxy: '1.3.6.1.5.5.7.1.14',
  netscapeType: '2.16.840.1.113730.1.1',
} as const

const PEM = /-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----/g

/**
 * All certificates of a PEM text (whatever stands between them is passed over) or of one DER, in their order.
 * Throws `certificate-unreadable` if one cannot be read; `name` says which file that is.
 */
export function readCertificates(bytes: Uint8Array | string, name: string): Certificate[] {
  try {
    return certificatesIn(bytes).map(readCertificate)
  } catch (cause) {
    throw fault('certificate-unreadable', { name }, cause)
  }
}

/** The certificates of a PEM text or a DER, in DER, not read yet. */
export function certificatesIn(bytes: Uint8Array | string): Uint8Array[] {
  if (typeof bytes !== 'string' && bytes[0] === 0x30) return [bytes]
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  return Array.from(text.matchAll(PEM), ([, base64 = '']) => Buffer.from(base64, 'base64'))
}

/** What was read last; lists of one endorser all carry the same few certificates. */
const recent = new Map<string, Certificate>()
const MOST_RECENT = 64

/** Reads one certificate from its DER. Throws an Error if it is none. */
export function readCertificate(bytes: Uint8Array): Certificate {
  const key = createHash('sha256').update(bytes).digest('hex')
  const certificate = recent.get(key) ?? parse(bytes)
  if (recent.size >= MOST_RECENT) recent.clear()
  recent.set(key, certificate)
  return certificate
}

function parse(bytes: Uint8Array): Certificate {
  const x509 = new X509Certificate(bytes)
  // OpenSSL passes over bytes behind the certificate; what it kept is what is trusted and compared.
  const asn1 = Asn1Certificate.fromBER(x509.raw)
  const subject = readName(asn1.subject.valueBeforeDecode)
  const issuer = readName(asn1.issuer.valueBeforeDecode)
  return {
    der: x509.raw,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    dn: subject.text,
    ca: issuer.text,
    odd: subject.odd ?? issuer.odd,
    notBefore: asn1.notBefore.value,
    notAfter: asn1.notAfter.value,
    x509,
    asn1,
    publicKey: x509.publicKey,
    version: asn1.version + 1,
    signatureAlgorithm: asn1.signatureAlgorithm.algorithmId,
    ...readExtensions(asn1.extensions ?? []),
  }
}

type Extensions = Pick<
  Certificate,
  'extensions' | 'keyUsage' | 'netscapeType' | 'extendedKeyUsage' | 'basicConstraints' | 'keyIdentifier'
>

function readExtensions(list: readonly Extension[]): Extensions {
  const extensions = new Map(list.map(({ extnID, critical }) => [extnID, critical]))
  if (extensions.size < list.length) throw new Error('an extension stands there twice')
  parsed(list, EXTENSION.alternativeName, AltName)
  const constraints = parsed(list, EXTENSION.basicConstraints, BasicConstraints)
  return {
    extensions,
    keyUsage: firstBits(list, EXTENSION.keyUsage),
    netscapeType: firstBits(list, EXTENSION.netscapeType),
    extendedKeyUsage: parsed(list, EXTENSION.extendedKeyUsage, ExtKeyUsage)?.keyPurposes ?? null,
    keyIdentifier: keyIdentifier(list),
    basicConstraints: constraints && { ca: constraints.cA, pathLength: pathLength(constraints) },
  }
}

const find = (list: readonly Extension[], oid: string) => list.find(({ extnID }) => extnID === oid)

/** The extension's value; null if the certificate has no such extension. One that cannot be read is thrown. */
function parsed<T extends object>(list: readonly Extension[], oid: string, kind: new () => T): T | null {
  const extension = find(list, oid)
  if (!extension) return null
  const value: unknown = extension.parsedValue
  if (value instanceof kind && !('parsingError' in value)) return value
  throw new Error(`the extension ${oid} is malformed`)
}

function firstBits(list: readonly Extension[], oid: string): number | null {
  const extension = find(list, oid)
  if (!extension) return null
  const { result } = fromBER(extension.extnValue.valueBlock.valueHexView)
  if (result instanceof BitString) return result.valueBlock.valueHexView[0] ?? 0
  throw new Error(`the extension ${oid} is malformed`)
}

function keyIdentifier(list: readonly Extension[]): string | null {
  const extension = find(list, EXTENSION.keyIdentifier)
  return extension ? hex(elementAt(extension.extnValue.valueBlock.valueHexView).value) : null
}

function pathLength({ pathLenConstraint }: BasicConstraints): number | null {
  if (typeof pathLenConstraint === 'object') throw new Error('the path length is malformed')
  return pathLenConstraint ?? null
}
