import { oid, TAG, type Der } from '../der.ts'
import { contentOf, signing, swapping, type Oddities } from './oddity.ts'
import { oneOf, type Scene } from './scene.ts'
import {
  attribute,
  countersignature,
  hash,
  integer,
  octets,
  OIDS,
  sequence,
  timeAttribute,
} from './signed-data.ts'

const digest = (...values: Der[]): Der => attribute(OIDS.messageDigest, ...values)
const right = (scene: Scene): Der => octets(hash(scene.hash, contentOf(scene)))
const wrong = (scene: Scene): Der => octets(hash(scene.hash, Buffer.from('evil')))

const TYPE = 0
const TIME = 1
const DIGEST = 2
const without = (attributes: readonly Der[], index: number): Der[] =>
  attributes.filter((_, at) => at !== index)
const instead = (attributes: readonly Der[], index: number, other: Der): Der[] =>
  attributes.map((one, at) => (at === index ? other : one))

/** Signed attributes (RFC 5652, section 11). */
export const ATTRIBUTES: Oddities = {
  'no content type': signing((all) => without(all, TYPE)),
  'no signing time': signing((all) => without(all, TIME)),
  'no message digest': signing((all) => without(all, DIGEST)),
  'no attributes': signing(() => null),
  'an empty set of attributes': signing(() => []),
  'the digest twice': signing((all, scene) => [...all, digest(right(scene))]),
  'a wrong digest behind the right one': signing((all, scene) => [...all, digest(wrong(scene))]),
  'a wrong digest before the right one': signing((all, scene) => [digest(wrong(scene)), ...all]),
  'a wrong digest': signing((all, scene) => instead(all, DIGEST, digest(wrong(scene)))),
  'two digests in one': signing((all, scene) =>
    instead(
      all,
      DIGEST,
      digest(...(scene.random() < 0.5 ? [right, wrong] : [wrong, right]).map((one) => one(scene))),
    ),
  ),
  'the same digest twice in one': signing((all, scene) =>
    instead(all, DIGEST, digest(right(scene), right(scene))),
  ),
  'a digest without a value': signing((all) => instead(all, DIGEST, digest())),
  'a digest of another kind': signing((all, scene) =>
    instead(all, DIGEST, digest(octets(hash(scene.hash === 'sha1' ? 'sha256' : 'sha1', contentOf(scene))))),
  ),
  'a digest cut short': signing((all, scene) =>
    instead(
      all,
      DIGEST,
      digest(octets(hash(scene.hash, contentOf(scene)).subarray(0, oneOf(scene, [0, 1, 16])))),
    ),
  ),
  'a digest that is no octet string': signing((all, scene) =>
    instead(all, DIGEST, digest({ ...right(scene), tag: oneOf(scene, [0x02, 0x03, 0x0c, 0x13, 0x80]) })),
  ),
  'a digest in pieces': signing((all, scene) => {
    const sum = hash(scene.hash, contentOf(scene))
    return instead(
      all,
      DIGEST,
      digest({ tag: 0x24, inside: [octets(sum.subarray(0, 10)), octets(sum.subarray(10))] }),
    )
  }),
  'the content type twice': signing((all) => [...all.slice(0, 1), ...all]),
  'another content type': signing((all, scene) =>
    instead(
      all,
      TYPE,
      attribute(OIDS.contentType, oid(oneOf(scene, [OIDS.signedData, '1.2.840.113549.1.7.5', '1.2.3.4']))),
    ),
  ),
  'a content type that is none': signing((all) =>
    instead(all, TYPE, attribute(OIDS.contentType, integer(1))),
  ),
  'two content types in one': signing((all) =>
    instead(all, TYPE, attribute(OIDS.contentType, oid(OIDS.data), oid(OIDS.signedData))),
  ),
  'a signing time that is none': signing((all, scene) =>
    instead(
      all,
      TIME,
      attribute(OIDS.signingTime, {
        tag: oneOf(scene, [0x17, 0x18]),
        inside: Buffer.from(oneOf(scene, ['', 'Z', '99999999999999Z', '\0'])),
      }),
    ),
  ),
  'the signing time twice': signing((all) => [...all, timeAttribute(new Date(0))]),
  'unknown attributes': signing((all, scene) => [
    ...all,
    ...Array.from({ length: oneOf(scene, [1, 10, 500]) }, (_, index) =>
      attribute(`1.2.3.${index}`, integer(7)),
    ),
  ]),
  'an attribute that is none': signing((all, scene) => [
    ...all,
    oneOf(scene, [integer(1), sequence(), sequence(oid('1.2.3')), octets(Buffer.alloc(3))]),
  ]),
  'an attribute’s value not in DER': signing((all, scene) => [
    ...all,
    attribute(
      '1.2.3.4',
      oneOf(scene, [
        integer(0, 1),
        integer(),
        { tag: TAG.boolean, inside: Buffer.from([1]) },
        { tag: TAG.boolean, inside: Buffer.alloc(2) },
        { tag: TAG.null, inside: Buffer.alloc(1) },
        { tag: TAG.oid, inside: Buffer.from([0x2a, 0x80]) },
        { tag: TAG.bits, inside: Buffer.alloc(0) },
        { tag: TAG.bits, inside: Buffer.from([9, 0]) },
        { tag: TAG.bits, inside: Buffer.from([7, 255]) },
        { tag: 0x0c, inside: Buffer.from([0xff]) },
        { tag: 0x1e, inside: Buffer.from([0xff]) },
        { tag: 0x18, inside: Buffer.from('x') },
        { tag: 0x0a, inside: Buffer.from([0, 1]) },
        { tag: 0x09, inside: Buffer.from([0, 1]) },
      ]),
    ),
  ]),
  'another order': signing((all) => all.toReversed()),
  'another order than was signed': swapping((all) => all.toReversed()),
  'one attribute more than was signed': swapping((all) => [...all, attribute('1.2.3.4', integer(1))]),
  'one attribute less than was signed': swapping((all, scene) =>
    without(all, oneOf(scene, [TYPE, TIME, DIGEST])),
  ),
  'attributes that were not signed': swapping((all, scene) => instead(all, DIGEST, digest(wrong(scene)))),
  'a countersignature among the signed ones': signing((all, scene) => [
    ...all,
    countersignature(scene.countersigner, Buffer.from('x')),
  ]),
}
