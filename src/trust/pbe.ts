import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { Integer, OctetString, Sequence } from 'asn1js'
import forge from 'node-forge'
import { type AlgorithmIdentifier, PBES2Params, PBKDF2Params } from 'pkijs'

/** Why a file cannot be used, in words; any other Error means that its bytes are not what they should be. */
export class Unusable extends Error {}

const unknown = (oid: string) => new Unusable(`its encryption (${oid}) is not known`)

/** More rounds of a key derivation than any program asks for: that many would keep us busy for a minute. */
const MOST_ROUNDS = 10_000_000

/** For RFC 8018, section 6.2: ciphers by OID, with the length of their key in bytes. */
const CIPHERS = new Map<string, readonly [name: string, length: number]>([
  ['1.2.840.113549.3.7', ['des-ede3-cbc', 24]],
  ['2.16.840.1.101.3.4.1.2', ['aes-128-cbc', 16]],
  ['2.16.840.1.101.3.4.1.22', ['aes-192-cbc', 24]],
  ['2.16.840.1.101.3.4.1.42', ['aes-256-cbc', 32]],
])

const HMAC_SHA1 = '1.2.840.113549.2.7'

/** For RFC 8018, section 5.2: the digests under PBKDF2's HMAC. */
const DIGESTS = new Map([
  [HMAC_SHA1, 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])

/** For RFC 7292, appendix C. RC2, which browsers used for certificates, has left OpenSSL's default. */
const OLD_CIPHERS = new Map<string, readonly [name: string, length: number]>([
  ['1.2.840.113549.1.12.1.3', ['des-ede3-cbc', 24]],
  ['1.2.840.113549.1.12.1.4', ['des-ede-cbc', 16]],
  ['1.2.840.113549.1.12.1.5', ['rc2', 16]],
  ['1.2.840.113549.1.12.1.6', ['rc2', 5]],
])

/**
 * Decrypts what a passphrase encrypted: by PBES2 with PBKDF2, or by the older ways of PKCS#12. Throws
 * `Unusable`, and an Error where the bytes do not come out right.
 */
export function decrypt(
  { algorithmId, algorithmParams }: AlgorithmIdentifier,
  bytes: Uint8Array,
  passphrase: string,
): Uint8Array {
  const old = OLD_CIPHERS.get(algorithmId)
  if (old) return decryptOld(...old, algorithmParams, bytes, passphrase)
  if (algorithmId !== '1.2.840.113549.1.5.13') throw unknown(algorithmId)
  const { keyDerivationFunc, encryptionScheme } = new PBES2Params({ schema: algorithmParams })
  const cipher = CIPHERS.get(encryptionScheme.algorithmId)
  if (!cipher) throw unknown(encryptionScheme.algorithmId)
  const [name, length] = cipher
  const key = pbkdf2(keyDerivationFunc, length, passphrase)
  return decipher(name, key, octets(encryptionScheme.algorithmParams), bytes)
}

function pbkdf2({ algorithmId, algorithmParams }: AlgorithmIdentifier, length: number, passphrase: string) {
  if (algorithmId !== '1.2.840.113549.1.5.12') throw unknown(algorithmId)
  const params = new PBKDF2Params({ schema: algorithmParams })
  const salt: unknown = params.salt
  const oid = params.prf?.algorithmId ?? HMAC_SHA1
  const digest = DIGESTS.get(oid)
  if (!digest) throw unknown(oid)
  return pbkdf2Sync(passphrase, octets(salt), rounds(params.iterationCount), length, digest)
}

function decryptOld(
  name: string,
  length: number,
  params: unknown,
  bytes: Uint8Array,
  passphrase: string,
): Uint8Array {
  const [salt, iterations] = params instanceof Sequence ? params.valueBlock.value : []
  if (!(iterations instanceof Integer)) throw new Error('the encryption’s parameters are malformed')
  const derive = (purpose: Purpose, size: number) =>
    deriveKey(passphrase, octets(salt), purpose, iterations.valueBlock.valueDec, size, 'sha1')
  const key = derive(PURPOSE.encryption, length)
  const iv = derive(PURPOSE.iv, 8)
  return name === 'rc2' ? decipherRc2(key, iv, bytes) : decipher(name, key, iv, bytes)
}

/** What a key is derived for (RFC 7292, section B.3). */
export const PURPOSE = { encryption: 1, iv: 2, mac: 3 } as const
type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE]

/** The digests that a PKCS#12 file's MAC is made with, and their lengths in bytes. */
export const MAC_LENGTH = { md5: 16, sha1: 20, sha256: 32, sha384: 48, sha512: 64 } as const
export type MacDigest = keyof typeof MAC_LENGTH

/** The key derivation of PKCS#12 (RFC 7292, section B.2). `size` in bytes. */
export function deriveKey(
  passphrase: string,
  salt: Uint8Array,
  purpose: Purpose,
  iterations: number,
  size: number,
  digest: MacDigest,
): Buffer {
  const key = forge.pkcs12.generateKey(
    passphrase,
    forge.util.createBuffer(binary(salt)),
    purpose,
    rounds(iterations),
    size,
    forge.md[digest].create(),
  )
  return Buffer.from(key.getBytes(), 'latin1')
}

function rounds(count: number): number {
  if (count >= 1 && count <= MOST_ROUNDS) return count
  throw new Error('the number of rounds is out of range')
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createDecipheriv(name, key, iv)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

function decipherRc2(key: Buffer, iv: Buffer, bytes: Uint8Array): Buffer {
  const cipher = forge.rc2.createDecryptionCipher(binary(key), key.length * 8)
  cipher.start(binary(iv))
  cipher.update(forge.util.createBuffer(binary(bytes)))
  if (!cipher.finish()) throw new Error('the last block is not padded as it should be')
  return Buffer.from(cipher.output.getBytes(), 'latin1')
}

/** Bytes as forge wants them. */
const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** What an OCTET STRING holds, in one piece or in several. */
export function octets(block: unknown): Uint8Array {
  if (block instanceof OctetString) return new Uint8Array(block.getValue())
  throw new Error('an OCTET STRING is missing')
}
