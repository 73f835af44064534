import { bytesOf, context, membersOf, TAG, writeDer, type Der } from '../der.ts'
import { allOf, FORMS, writeBer, type Form } from './ber.ts'
import { contentOf, type Oddities } from './oddity.ts'
import { mailOf, oneOf, usual, type Scene } from './scene.ts'
import {
  integer,
  NULL,
  octets,
  sequence,
  signedData,
  signerInfo,
  treeOf,
  usualAttributes,
} from './signed-data.ts'

/** The message with its signature written in another way. */
const written = (write: (tree: Der, scene: Scene) => Uint8Array) => (scene: Scene) =>
  mailOf(scene, write(treeOf(usual(scene)), scene))

/** Some of a tree’s values, each in the form. */
const some = (tree: Der, form: Form, scene: Scene, share: number): ReadonlyMap<Der, Form> =>
  new Map(
    [oneOf(scene, allOf(tree)), ...allOf(tree).filter(() => scene.random() < share)].map(
      (one) => [one, form] as const,
    ),
  )

/** SignedData’s own values, without what is in its certificates and its signer’s part. */
function frame(tree: Der): Der[] {
  const [type, wrapped] = membersOf(tree)
  const [data] = membersOf(wrapped)
  return [tree, type, wrapped, data, ...membersOf(data)].filter((one) => one !== undefined)
}

const nested = (depth: number, begin: readonly number[], end: readonly number[]): Buffer =>
  Buffer.concat([Buffer.alloc(depth * begin.length, Buffer.from(begin)), Buffer.alloc(depth * end.length)])

const anywhere = (bytes: Uint8Array, { random }: Scene): number => Math.floor(random() * bytes.length)

/** How the structure is written down (X.690). */
export const ENCODINGS: Oddities = {
  'indefinite lengths around the parts': written((tree) =>
    writeBer(
      tree,
      new Map(frame(tree).flatMap((one) => (one.tag & 0x20 ? [[one, 'indefinite' as const]] : []))),
    ),
  ),
  'lengths longer than needed around the parts': written((tree) =>
    writeBer(tree, new Map(frame(tree).map((one) => [one, 'overlong' as const]))),
  ),
  ...Object.fromEntries(
    FORMS.map((form) => [
      `somewhere ${form}`,
      written((tree, scene) => writeBer(tree, some(tree, form, scene, oneOf(scene, [0, 0.005, 0.02, 0.1])))),
    ]),
  ),
  'attributes in BER, signed as they stand': (scene) => {
    const content = contentOf(scene)
    const attributes = usualAttributes(content, scene.hash)
    const forms = new Map(attributes.map((one) => [one, oneOf(scene, ['indefinite', 'overlong'] as const)]))
    const bytes = writeBer({ tag: TAG.set, inside: attributes }, forms)
    const { signature } = signerInfo(scene.by, null, bytes, scene.hash)
    const info = { ...signerInfo(scene.by, attributes, content, scene.hash), signature }
    const certificates = [scene.by.certificate, ...scene.by.chain]
    return mailOf(
      scene,
      writeBer(treeOf(signedData(info, certificates, scene.opaque ? content : null)), forms),
    )
  },
  'attributes in BER, signed as DER': (scene) => {
    const data = usual(scene)
    const attributes = data.signers[0]?.attributes ?? []
    return mailOf(scene, writeBer(treeOf(data), new Map(attributes.map((one) => [one, 'overlong' as const]))))
  },
  'something behind the structure': written((tree, scene) =>
    Buffer.concat([writeDer(tree), oneOf(scene, [Buffer.alloc(1), Buffer.alloc(500, 7), writeDer(tree)])]),
  ),
  'something before the structure': written((tree, scene) =>
    Buffer.concat([oneOf(scene, [Buffer.alloc(1), Buffer.alloc(2), writeDer(NULL)]), writeDer(tree)]),
  ),
  'something more in the structure': written((tree, scene) => {
    const at = oneOf(
      scene,
      frame(tree).filter((one) => one.tag & 0x20),
    )
    const more = oneOf(scene, [
      NULL,
      integer(1),
      octets(Buffer.alloc(5)),
      sequence(),
      { tag: context(5), inside: [] },
    ])
    const grown = (one: Der): Der => {
      const inside = one.inside instanceof Uint8Array ? one.inside : one.inside.map(grown)
      if (one !== at || inside instanceof Uint8Array) return { tag: one.tag, inside }
      return { tag: one.tag, inside: scene.random() < 0.5 ? [...inside, more] : [more, ...inside] }
    }
    return writeDer(grown(tree))
  }),
  'something missing in the structure': written((tree, scene) => {
    const left = oneOf(scene, allOf(tree).slice(1))
    const shrunk = (one: Der): Der => ({
      tag: one.tag,
      inside:
        one.inside instanceof Uint8Array ? one.inside : one.inside.filter((it) => it !== left).map(shrunk),
    })
    return writeDer(shrunk(tree))
  }),
  'another tag somewhere': written((tree, scene) => {
    const at = oneOf(scene, allOf(tree))
    const tag = oneOf(scene, [0, 0x02, 0x04, 0x05, 0x1f, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xa1, 0xbf, 0xff])
    const changed = (one: Der): Der => ({
      tag: one === at ? tag : one.tag,
      inside: one.inside instanceof Uint8Array ? one.inside : one.inside.map(changed),
    })
    return writeDer(changed(tree))
  }),
  'zeros in some value': written((tree, scene) => {
    const at = oneOf(
      scene,
      allOf(tree).filter((one) => bytesOf(one).length > 0),
    )
    const changed = (one: Der): Der => ({
      tag: one.tag,
      inside:
        one.inside instanceof Uint8Array
          ? one === at
            ? Buffer.alloc(one.inside.length)
            : one.inside
          : one.inside.map(changed),
    })
    return writeDer(changed(tree))
  }),
  'cut short anywhere': written((tree, scene) => {
    const bytes = writeDer(tree)
    return bytes.subarray(0, anywhere(bytes, scene))
  }),
  'another byte somewhere': written((tree, scene) => {
    const bytes = writeDer(tree)
    bytes[anywhere(bytes, scene)] = Math.floor(scene.random() * 256)
    return bytes
  }),
  'deep nesting, endless': (scene) =>
    mailOf(scene, nested(oneOf(scene, [100, 5000, 50_000]), [0x30, 0x80], [])),
  'deep nesting, closed': (scene) =>
    mailOf(scene, nested(oneOf(scene, [100, 5000, 50_000]), [0x30, 0x80], [0, 0])),
  'deep nesting in pieces': (scene) =>
    mailOf(scene, nested(oneOf(scene, [100, 5000, 50_000]), [0x24, 0x80], [0, 0])),
  'deep nesting inside': written((tree, scene) => {
    const deep = Array.from({ length: oneOf(scene, [30, 200, 2000]) }).reduce<Der>(
      (one) => sequence(one),
      NULL,
    )
    const [type, wrapped] = membersOf(tree)
    const [version, digests, , ...rest] = membersOf(membersOf(wrapped)[0])
    if (!type || !version || !digests) throw new Error('not SignedData')
    return writeDer(
      sequence(type, {
        tag: context(0),
        inside: [sequence(version, digests, sequence(type, deep), ...rest)],
      }),
    )
  }),
  'thousands of values': (scene) =>
    mailOf(scene, writeDer(sequence(...Array.from({ length: oneOf(scene, [1000, 50_000]) }, () => NULL)))),
  nothing: (scene) =>
    mailOf(scene, Buffer.from(oneOf(scene, ['', '\0', '0', '0\x80', '\xff'.repeat(50)]), 'latin1')),
}
