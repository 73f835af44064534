import { createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import { type BaseBlock, Constructed, fromBER, ObjectIdentifier, Sequence } from 'asn1js'
import {
  AlgorithmIdentifier,
  AuthenticatedSafe,
  type ContentInfo,
  EncryptedData,
  type MacData,
  PFX,
} from 'pkijs'
import { fault, VmcastError } from '../errors.ts'
import { readCertificates, type Certificate } from './certificate.ts'
import { decrypt, deriveKey, MAC_LENGTH, octets, PURPOSE, Unusable, type MacDigest } from './pbe.ts'

/** What a PKCS#12 file holds. */
export interface Opened {
  readonly certificates: readonly Certificate[]
  readonly keys: readonly KeyObject[]
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
} as const

const MAC_DIGESTS = new Map<string, MacDigest>([
  ['1.2.840.113549.2.5', 'md5'],
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/**
 * Opens a PKCS#12 file (RFC 7292), as browsers, Java and `openssl pkcs12 -export` write it, if its MAC shows
 * that nobody changed it. Throws `pkcs12-unreadable` with the reason, `passphrase-wrong`,
 * `certificate-unreadable`. No error has a cause: that might quote what is secret.
 */
export function openPkcs12(bytes: Uint8Array, name: string, passphrase: string): Opened {
  try {
    const { authSafe, macData } = PFX.fromBER(bytes)
    if (authSafe.contentType !== OID.data)
      throw new Unusable('it is protected by a key and not by a passphrase')
    if (!macData) throw new Unusable('it has no MAC, which would show that nobody changed it')
    const content = octets(authSafe.content)
    const safes = AuthenticatedSafe.fromBER(content).safeContents
    if (isIntact(macData, content, passphrase)) return readBags(safes, name, passphrase)
    if (!opensAny(safes, passphrase)) throw fault('passphrase-wrong', { name })
    throw new Unusable('it is damaged')
  } catch (error) {
    if (error instanceof VmcastError) throw error
    const reason = error instanceof Unusable ? error.message : 'it is damaged'
    throw fault('pkcs12-unreadable', { name, reason })
  }
}

function isIntact(
  { mac, macSalt, iterations = 1 }: MacData,
  content: Uint8Array,
  passphrase: string,
): boolean {
  const oid = mac.digestAlgorithm.algorithmId
  const digest = MAC_DIGESTS.get(oid)
  if (!digest) throw new Unusable(`the algorithm of its MAC (${oid}) is not known`)
  const key = deriveKey(passphrase, octets(macSalt), PURPOSE.mac, iterations, MAC_LENGTH[digest], digest)
  return createHmac(digest, key).update(content).digest().equals(octets(mac.digest))
}

function readBags(safes: readonly ContentInfo[], name: string, passphrase: string): Opened {
  const bags = safes.flatMap((safe) => bagsOf(openSafe(safe, passphrase)))
  return {
    certificates: bags.flatMap(({ type, value }) =>
      type === OID.certBag ? readCertificates(certificateIn(value), name) : [],
    ),
    keys: bags.flatMap(({ type, value }) => {
      if (type === OID.keyBag) return [readKey(value.valueBeforeDecodeView)]
      return type === OID.shroudedKeyBag ? [readKey(unshroud(value, passphrase))] : []
    }),
  }
}

/**
 * Whether the passphrase opens some of what it should, though the MAC says that not all is as it was: then the
 * file is damaged, and the passphrase is right.
 */
function opensAny(safes: readonly ContentInfo[], passphrase: string): boolean {
  return safes.some((safe) => {
    try {
      const bags = bagsOf(openSafe(safe, passphrase))
      if (safe.contentType === OID.encryptedData) return true
      return bags.some(
        ({ type, value }) => type === OID.shroudedKeyBag && readKey(unshroud(value, passphrase)),
      )
    } catch {
      return false
    }
  })
}

/** The bags in a safe, as DER. */
function openSafe({ contentType, content }: ContentInfo, passphrase: string): Uint8Array {
  if (contentType === OID.data) return octets(content)
  if (contentType !== OID.encryptedData)
    throw new Unusable(`it has a part of an unknown kind (${contentType})`)
  const { encryptedContentInfo: info } = new EncryptedData({ schema: content })
  return decrypt(info.contentEncryptionAlgorithm, new Uint8Array(info.getEncryptedContent()), passphrase)
}

interface Bag {
  readonly type: string
  readonly value: BaseBlock
}

function bagsOf(safe: Uint8Array): Bag[] {
  const { result, offset } = fromBER(safe)
  if (offset < 0) throw new Error('a safe’s content is malformed')
  return partsOf(result).map((bag) => {
    const [type, value] = partsOf(bag)
    return { type: oidOf(type), value: insideOf(value) }
  })
}

function certificateIn(bag: BaseBlock): Uint8Array {
  const [, value] = partsOf(bag)
  return octets(insideOf(value))
}

function unshroud(bag: BaseBlock, passphrase: string): Uint8Array {
  const [algorithm, bytes] = partsOf(bag)
  return decrypt(new AlgorithmIdentifier({ schema: algorithm }), octets(bytes), passphrase)
}

const readKey = (der: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })

function partsOf(block: BaseBlock | undefined): readonly BaseBlock[] {
  if (block instanceof Sequence) return block.valueBlock.value
  throw new Error('a SEQUENCE is missing')
}

/** What stands in an explicit tag. */
function insideOf(block: BaseBlock | undefined): BaseBlock {
  const inside = block instanceof Constructed ? block.valueBlock.value[0] : undefined
  if (inside) return inside
  throw new Error('an explicit tag is missing')
}

function oidOf(block: BaseBlock | undefined): string {
  if (block instanceof ObjectIdentifier) return block.valueBlock.toString()
  throw new Error('an object identifier is missing')
}
