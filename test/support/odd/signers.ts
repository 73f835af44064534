import { bytesOf, membersOf, oid, TAG, type Der } from '../der.ts'
import { contentOf, withData, withInfo, type Oddities } from './oddity.ts'
import { oneOf, usual } from './scene.ts'
import {
  algorithm,
  attribute,
  countersignature,
  integer,
  NULL,
  octets,
  OIDS,
  sequence,
  sidOf,
  signedBytes,
  signerInfo,
  treeOfInfo,
  usualAttributes,
  type Hash,
} from './signed-data.ts'

const otherHash = (hash: Hash): Hash => (hash === 'sha256' ? 'sha512' : 'sha256')

const flipped = (bytes: Uint8Array): Buffer => Buffer.from(bytes).reverse()

/** The same name with its texts in another string type. */
function respelt(name: Der | undefined): Der {
  const parts = membersOf(name).map((part) => ({
    tag: part.tag,
    inside: membersOf(part).map((one) => {
      const [type, value] = membersOf(one)
      if (!type || !value) throw new Error('a name without values')
      return sequence(type, { ...value, tag: value.tag === 0x0c ? 0x13 : 0x0c })
    }),
  }))
  return sequence(...parts)
}

/** Signers and their algorithms (RFC 5652, section 5.3). */
export const SIGNERS: Oddities = {
  'no signer': withData(() => ({ signers: [] })),
  'the signer twice': withData(({ signers }) => ({ signers: [...signers, ...signers] })),
  'two signers': withData(({ signers, certificates }, { countersigner, ...scene }) => ({
    certificates: [...certificates, countersigner.certificate],
    signers: [...signers, ...usual({ ...scene, countersigner, by: countersigner }).signers],
  })),
  'a second signer who did not sign': withData(({ signers }, scene) => {
    const bad = signers.map((info) => ({ ...info, signature: flipped(info.signature) }))
    return { signers: scene.random() < 0.5 ? [...signers, ...bad] : [...bad, ...signers] }
  }),
  'another version of the signer': withInfo((_, scene) => ({ version: oneOf(scene, [0, 2, 3, 4, 127]) })),
  'another version': withData((_, scene) => ({ version: oneOf(scene, [0, 2, 3, 4, 5, 127]) })),
  'a signer by another’s name': withInfo((_, { countersigner }) => ({ sid: sidOf(countersigner) })),
  'a signer by a key identifier': withInfo((_, { random }) => ({
    version: 3,
    sid: { tag: 0x80, inside: Buffer.alloc(20, Math.floor(random() * 256)) },
  })),
  'a signer without a name': withInfo((_, scene) => ({
    sid: oneOf(scene, [sequence(), NULL, integer(1), sequence(sequence(), integer(1))]),
  })),
  'a signer’s name in other strings': withInfo(({ sid }) => {
    const [issuer, serial] = membersOf(sid)
    return { sid: sequence(respelt(issuer), serial ?? NULL) }
  }),
  'a serial number with zeros in front': withInfo(({ sid }) => {
    const [issuer, serial] = membersOf(sid)
    return { sid: sequence(issuer ?? NULL, integer(0, 0, ...bytesOf(serial))) }
  }),
  'a negative serial number': withInfo(({ sid }) => {
    const [issuer, serial] = membersOf(sid)
    const [first = 0, ...rest] = bytesOf(serial)
    return { sid: sequence(issuer ?? NULL, integer(first | 0x80, ...rest)) }
  }),
  'another digest than was signed': withInfo((_, { hash }) => ({ digest: algorithm(OIDS[otherHash(hash)]) })),
  'a digest that nobody knows': withInfo((_, scene) => ({
    digest: algorithm(oneOf(scene, ['1.2.3.4', OIDS.md5, OIDS.data, '2.16.840.1.101.3.4.2.11'])),
  })),
  'parameters of the digest': withInfo(({ digest }, scene) => ({
    digest: sequence(
      ...membersOf(digest),
      oneOf(scene, [NULL, integer(1), sequence(), octets(Buffer.alloc(9))]),
    ),
  })),
  'the digest is not announced': withData(() => ({ digests: [] })),
  'another digest is announced': withData((_, { hash }) => ({ digests: [algorithm(OIDS[otherHash(hash)])] })),
  'many digests are announced': withData(({ digests }, scene) => ({
    digests: [...digests, ...Array.from({ length: oneOf(scene, [1, 100]) }, () => algorithm(OIDS.sha384))],
  })),
  'another digest in the signature’s algorithm': withInfo((_, { by, hash }) => {
    const sha512 = hash !== 'sha512'
    const rsa = sha512 ? '1.2.840.113549.1.1.13' : OIDS.rsaSha256
    const isRsa = by.key.asymmetricKeyType === 'rsa'
    return { algorithm: algorithm(isRsa ? rsa : sha512 ? OIDS.ecdsaSha512 : OIDS.ecdsaSha256) }
  }),
  'SHA-1 in the signature’s algorithm': withInfo((_, { by }) => ({
    algorithm: algorithm(by.key.asymmetricKeyType === 'rsa' ? '1.2.840.113549.1.1.5' : OIDS.ecdsaSha1),
  })),
  'the algorithm of another kind of key': withInfo((_, { by }) => ({
    algorithm: algorithm(by.key.asymmetricKeyType === 'rsa' ? OIDS.ecdsaSha256 : OIDS.rsa),
  })),
  'a key’s kind as the algorithm': withInfo((_, { by }) => ({
    algorithm: algorithm(by.key.asymmetricKeyType === 'rsa' ? OIDS.rsaSha256 : OIDS.ecKey),
  })),
  'PSS that is none': withInfo((_, scene) => ({
    algorithm: algorithm(OIDS.rsaPss, ...oneOf(scene, [[], [NULL], [sequence()]])),
  })),
  'an unknown algorithm': withInfo((_, scene) => ({
    algorithm: algorithm(oneOf(scene, ['1.2.3.4', OIDS.md5, OIDS.sha256, OIDS.data])),
  })),
  'parameters of the algorithm': withInfo((info, scene) => ({
    algorithm: sequence(
      ...membersOf(info.algorithm).slice(0, 1),
      oneOf(scene, [NULL, integer(1), sequence(), octets(Buffer.alloc(9))]),
    ),
  })),
  'a signature over another digest than it says': withInfo(({ unsigned }, scene) => {
    const content = contentOf(scene)
    const attributes = usualAttributes(content, scene.hash)
    const { signature, algorithm: other } = signerInfo(scene.by, attributes, content, otherHash(scene.hash))
    return scene.random() < 0.5 ? { signature, unsigned } : { signature, unsigned, algorithm: other }
  }),
  'a signature that is none': withInfo(({ signature }, scene) => ({
    signature: oneOf(scene, [
      Buffer.alloc(0),
      Buffer.alloc(256),
      Buffer.from([0x30, 0x06, 2, 1, 0, 2, 1, 0]),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      flipped(signature),
      Buffer.alloc(100_000),
    ]),
  })),
  'extra unsigned attributes': withInfo(({ unsigned }, scene) => ({
    unsigned: [
      ...unsigned,
      ...Array.from({ length: oneOf(scene, [1, 20, 1000]) }, (_, index) =>
        attribute(`1.2.3.${index}`, octets(Buffer.alloc(20))),
      ),
    ],
  })),
  'signed ones among the unsigned': withInfo(({ unsigned, attributes }) => ({
    unsigned: [...unsigned, ...(attributes ?? [])],
  })),
  'an unsigned attribute that is none': withInfo((_, scene) => ({
    unsigned: [oneOf(scene, [integer(1), sequence(), sequence(oid('1.2.3')), octets(Buffer.alloc(3))])],
  })),
  'a countersignature that is none': withInfo((_, scene) => ({
    unsigned: [
      attribute(
        OIDS.countersignature,
        ...oneOf(scene, [[], [NULL], [sequence()], [octets(Buffer.alloc(99))], [sequence(integer(1))]]),
      ),
    ],
  })),
  'a countersignature of something else': withInfo((_, { countersigner }) => ({
    unsigned: [countersignature(countersigner, Buffer.from('evil'))],
  })),
  'a countersignature of a countersignature': withInfo(({ signature }, { countersigner, by }) => {
    const info = signerInfo(countersigner, usualAttributes(signature), signature)
    const again = { ...info, unsigned: [countersignature(by, info.signature)] }
    return { unsigned: [attribute(OIDS.countersignature, treeOfInfo(again))] }
  }),
  'countersigners in great number': withInfo(({ signature }, { countersigner }) => ({
    unsigned: Array.from({ length: 30 }, () => countersignature(countersigner, signature)),
  })),
  'its own countersigner': withInfo(({ signature }, { by }) => ({
    unsigned: [countersignature(by, signature)],
  })),
  'attributes signed with the tag that they have': withInfo(({ attributes }, { by, hash }) => {
    const [first = 0, ...rest] = signedBytes(attributes ?? [])
    const bytes = Buffer.from([first === TAG.set ? 0xa0 : first, ...rest])
    return { signature: signerInfo(by, null, bytes, hash).signature }
  }),
}
