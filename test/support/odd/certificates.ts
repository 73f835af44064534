import { bytesOf, context, membersOf, oid, TAG, writeDer, type Der } from '../der.ts'
import { contentOf, withData, type Oddities } from './oddity.ts'
import { mailOf, oneOf, usual, type Scene } from './scene.ts'
import {
  algorithm,
  integer,
  NULL,
  octets,
  OIDS,
  recertified,
  sequence,
  set,
  treeOf,
  type Person,
} from './signed-data.ts'

/** With these certificates, whoever signed. */
const carrying = (certificates: (scene: Scene) => readonly Der[]) =>
  withData((_, scene) => ({ certificates: certificates(scene) }))

/** Signed by somebody else, in the endorser’s name. */
const signedBy = (person: (scene: Scene) => Person, more: (scene: Scene) => readonly Der[]) =>
  withData((_, scene) => {
    const { certificate, key } = person(scene)
    const { signers } = usual({ ...scene, by: { ...scene.by, certificate, key } })
    return { signers, certificates: [...more(scene), ...scene.by.chain] }
  })

/** The endorser with a certificate that their CA gave them otherwise. */
const certified = (change: (fields: readonly Der[], scene: Scene) => readonly Der[]) => (scene: Scene) => {
  const certificate = recertified(scene.by.certificate, scene.by.caKey, (fields) => change(fields, scene))
  return mailOf(scene, usual({ ...scene, by: { ...scene.by, certificate } }))
}

const SERIAL = 1
const VALIDITY = 4
const KEY = 6
const instead = (fields: readonly Der[], index: number, other: Der): Der[] =>
  fields.map((field, at) => (at === index ? other : field))

const utcTime = (text: string): Der => ({ tag: 0x17, inside: Buffer.from(text) })

/** By nobody that anybody trusts: the CA’s signature does not fit. */
const forged = ({ twin }: Scene['by']): Der => {
  const [tbs, type] = membersOf(twin.certificate)
  return sequence(tbs ?? NULL, type ?? NULL, { tag: TAG.bits, inside: Buffer.alloc(72) })
}

/** Certificates, and what the signature is of. */
export const CERTIFICATES: Oddities = {
  'no certificates': carrying(() => []),
  'the certificate twice': carrying(({ by }) => [by.certificate, by.certificate, ...by.chain]),
  'a chain in another order': carrying(({ by }) => [...by.chain, by.certificate]),
  'no chain': carrying(({ by }) => [by.certificate]),
  'strangers’ certificates': carrying(({ by, countersigner }) => [
    countersigner.certificate,
    by.certificate,
    ...countersigner.chain,
    ...by.chain,
  ]),
  'more certificates than anybody needs': carrying((scene) => [
    ...scene.by.chain,
    ...Array.from({ length: oneOf(scene, [31, 40, 400]) }, () => scene.by.certificate),
  ]),
  'another certificate of the same name and number': carrying(({ by }) => [by.twin.certificate, ...by.chain]),
  'another of the same name and number in front': carrying(({ by }) => [
    by.twin.certificate,
    by.certificate,
    ...by.chain,
  ]),
  'another of the same name and number behind': carrying(({ by }) => [
    by.certificate,
    by.twin.certificate,
    ...by.chain,
  ]),
  'a forged one of the same name and number in front': carrying(({ by }) => [
    forged(by),
    by.certificate,
    ...by.chain,
  ]),
  'signed by the other key of the same name and number': signedBy(
    ({ by }) => by.twin,
    ({ by }) => [by.certificate],
  ),
  'signed by the other key, with both certificates': signedBy(
    ({ by }) => by.twin,
    ({ by, random }) => {
      const both = [by.certificate, by.twin.certificate]
      return random() < 0.5 ? both : both.reverse()
    },
  ),
  'signed by the other key, with a forged certificate': signedBy(
    ({ by }) => by.twin,
    ({ by, random }) => (random() < 0.5 ? [forged(by)] : [forged(by), by.certificate]),
  ),
  'a certificate that is none': carrying((scene) => [
    oneOf(scene, [sequence(), NULL, sequence(integer(1)), octets(Buffer.alloc(50)), set()]),
    scene.by.certificate,
    ...scene.by.chain,
  ]),
  'another kind of certificate': carrying((scene) => [
    { tag: context(oneOf(scene, [0, 1, 2, 3])), inside: oneOf(scene, [[], [oid('1.2.3'), NULL]]) },
    scene.by.certificate,
    ...scene.by.chain,
  ]),
  'a certificate with a field more': carrying(({ by }) => [
    sequence(...membersOf(by.certificate), integer(7)),
    ...by.chain,
  ]),
  'a certificate with a negative number': certified((fields) =>
    instead(fields, SERIAL, integer(0x80 | (bytesOf(fields[SERIAL])[0] ?? 0), 1, 2, 3)),
  ),
  'a certificate with the number 0': certified((fields) => instead(fields, SERIAL, integer(0))),
  'a certificate with zeros before its number': certified((fields) =>
    instead(fields, SERIAL, integer(0, 0, 1, 2, 3)),
  ),
  'a certificate with a long number': certified((fields) =>
    instead(fields, SERIAL, { tag: TAG.integer, inside: Buffer.alloc(1000, 7) }),
  ),
  'a certificate that has ended': certified((fields) =>
    instead(fields, VALIDITY, sequence(utcTime('200101000000Z'), utcTime('210101000000Z'))),
  ),
  'a certificate without dates': certified((fields, scene) =>
    instead(fields, VALIDITY, oneOf(scene, [sequence(), sequence(utcTime('x'), utcTime('')), NULL])),
  ),
  'a certificate of another key': certified((fields, { countersigner }) =>
    instead(fields, KEY, membersOf(membersOf(countersigner.certificate)[0])[KEY] ?? NULL),
  ),
  'a certificate without a key': certified((fields) => instead(fields, KEY, sequence(algorithm(OIDS.rsa)))),
  'a certificate without extensions': certified((fields) => fields.slice(0, KEY + 1)),
  'a certificate with its extensions twice': certified((fields) => [...fields, ...fields.slice(KEY + 1)]),
  'a certificate of version 1 with extensions': certified((fields) => fields.slice(1)),
  'an unknown critical extension': certified((fields) =>
    fields.map((field) =>
      field.tag === context(3)
        ? {
            tag: field.tag,
            inside: [
              sequence(
                ...membersOf(membersOf(field)[0]),
                sequence(
                  oid('1.2.3.4'),
                  { tag: TAG.boolean, inside: Buffer.from([255]) },
                  octets(writeDer(NULL)),
                ),
              ),
            ],
          }
        : field,
    ),
  ),
  'revocation lists that are none': (scene) => {
    const [type, wrapped] = membersOf(treeOf(usual(scene)))
    const fields = membersOf(membersOf(wrapped)[0])
    const lists = { tag: context(1), inside: oneOf(scene, [[], [NULL], [sequence()], [integer(1)]]) }
    const data = sequence(...fields.slice(0, -1), lists, ...fields.slice(-1))
    return mailOf(scene, writeDer(sequence(type ?? NULL, { tag: context(0), inside: [data] })))
  },
  'the content in the signature too': withData((_, scene) => ({ content: octets(contentOf(scene)) })),
  'another content in the signature': withData((_, scene) => ({
    content: octets(Buffer.from(contentOf(scene).toString().replace('README', 'EVIL'))),
  })),
  'no content in the signature': withData(() => ({ content: octets(Buffer.alloc(0)) })),
  'a content in pieces': withData((_, scene) => {
    const content = contentOf(scene)
    const at = Math.floor(scene.random() * content.length)
    return { content: { tag: 0x24, inside: [octets(content.subarray(0, at)), octets(content.subarray(at))] } }
  }),
  'a content that is no octet string': withData((_, scene) => ({
    content: { tag: oneOf(scene, [0x02, 0x03, 0x0c, 0x13, 0x80, 0x30]), inside: contentOf(scene) },
  })),
  'a content that is not data': withData((_, scene) => ({
    contentType: oneOf(scene, [
      OIDS.signedData,
      '1.2.840.113549.1.9.16.1.4',
      '1.2.3.4',
      '1.2.840.113549.1.7.5',
    ]),
  })),
  'a signature inside the signature': withData((data, scene) => ({
    contentType: OIDS.signedData,
    content: octets(writeDer(treeOf(usual({ ...scene, opaque: true })))),
  })),
  'not SignedData': withData((_, scene) => ({
    type: oneOf(scene, [OIDS.data, '1.2.840.113549.1.7.3', '1.2.840.113549.1.7.5', '1.2.3.4']),
  })),
}
