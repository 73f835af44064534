import { createSign, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BitString,
  BmpString,
  fromBER,
  IA5String,
  Integer,
  NumericString,
  ObjectIdentifier,
  PrintableString,
  Sequence,
  Set as Asn1Set,
  TeletexString,
  UniversalString,
  UTCTime,
  Utf8String,
  type BaseBlock,
} from 'asn1js'
import fc from 'fast-check'
import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openssl } from '../../scripts/pki.ts'
import { readCertificates } from '../../src/trust/certificate.ts'
import { readName } from '../../src/trust/name.ts'
import { SHORT_NAMES } from '../../src/trust/short-names.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmcast-names-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** An attribute's type, and its value as it is encoded. */
type Attribute = readonly [oid: string, value: BaseBlock]
/** Parts, each of one attribute or of several. */
type Parts = readonly (readonly Attribute[])[]

const nameOf = (parts: Parts): Sequence =>
  new Sequence({
    value: parts.map(
      (part) =>
        new Asn1Set({
          value: part.map(
            ([oid, value]) => new Sequence({ value: [new ObjectIdentifier({ value: oid }), value] }),
          ),
        }),
    ),
  })

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const algorithm = new Sequence({ value: [new ObjectIdentifier({ value: '1.2.840.10045.4.3.2' })] })

/** A certificate with these names, in DER. */
function certify(subject: Parts, issuer: Parts): Buffer {
  const spki = fromBER(publicKey.export({ type: 'spki', format: 'der' })).result
  const dates = [new Date('2026-01-01T00:00:00Z'), new Date('2030-01-01T00:00:00Z')]
  const body = new Sequence({
    value: [
      new Integer({ value: 1 }),
      algorithm,
      nameOf(issuer),
      new Sequence({ value: dates.map((valueDate) => new UTCTime({ valueDate })) }),
      nameOf(subject),
      spki,
    ],
  })
  const signature = createSign('sha256').update(Buffer.from(body.toBER())).sign(privateKey)
  const whole = new Sequence({ value: [body, algorithm, new BitString({ valueHex: signature })] })
  return Buffer.from(whole.toBER())
}

const limit = pLimit(4)
let files = 0

/** Subject and issuer, as OpenSSL's one-line form and as ours. */
async function readBoth(subject: Parts, issuer: Parts) {
  const der = certify(subject, issuer)
  const path = join(folder, `${files++}.der`)
  await writeFile(path, der)
  const args = ['x509', '-in', path, '-noout', '-subject', '-issuer', '-nameopt', 'compat']
  const shown = await limit(() => openssl(folder, ...args))
  const [read] = readCertificates(der, path)
  return { openssl: shown, ours: `subject=${read?.dn ?? ''}\nissuer=${read?.ca ?? ''}` }
}

const COMMON = ['2.5.4.3', '2.5.4.10', '2.5.4.11', '0.9.2342.19200300.100.1.25', '0.9.2342.19200300.100.1.1']
const UUID_ARC = `2.25.${(2n ** 127n + 12345678901234567890n).toString()}`
const UNKNOWN = [
  '1.2.3.4',
  '2.999.1',
  '2.5.4.200',
  '1.3.6.1.4.1.99999.1',
  '0.39.1',
  '1.39.127.128.16384',
  UUID_ARC,
]

const oids = fc.oneof(
  fc.constantFrom(...COMMON, '1.2.840.113549.1.9.1'),
  fc.constantFrom(...SHORT_NAMES.keys()),
  fc.constantFrom(...UNKNOWN, `1.2.${Array.from({ length: 60 }, (_, index) => index).join('.')}`),
)
const plain = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', ' ', "'", '(', ',', '-', '.', ':', '=', '?', '/', '+', '/CN=', ' + '),
  maxLength: 12,
})
const anyAscii = fc.string({ unit: 'binary-ascii', maxLength: 12 })
const anyText = fc.string({ unit: 'grapheme', maxLength: 8 })
const latin = fc.string({ unit: fc.nat({ max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 })
/** Without surrogates, which stand for no character. */
const ucs2 = fc.string({
  unit: fc.constantFrom('a', '\0', '/', '\u00fc', '\u65e5', '\uffff', '\u0100'),
  maxLength: 8,
})

const values: fc.Arbitrary<BaseBlock> = fc.oneof(
  plain.map((value) => new PrintableString({ value })),
  anyAscii.map((value) => new IA5String({ value })),
  fc.oneof(anyText, anyAscii).map((value) => new Utf8String({ value })),
  latin.map((value) => new TeletexString({ value })),
  ucs2.map((value) => new BmpString({ value })),
  ucs2.map((value) => new UniversalString({ value })),
  fc
    .string({ unit: fc.constantFrom('0', '7', '9', ' '), maxLength: 8 })
    .map((value) => new NumericString({ value })),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 6 }), fc.nat({ max: 7 }))
    .map(([bytes, unusedBits]) => new BitString({ valueHex: Uint8Array.from(bytes), unusedBits })),
)
const attributes: fc.Arbitrary<Attribute> = fc.tuple(oids, values)
const names: fc.Arbitrary<Parts> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: attributes.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(attributes, { minLength: 2, maxLength: 4 }) },
  ),
  { minLength: 1, maxLength: 5 },
)

const utf8 = (oid: string, value: string): readonly Attribute[] => [[oid, new Utf8String({ value })]]

describe('the slash form of a name is OpenSSL’s, byte by byte', () => {
  it('for five hundred names of all kinds', { timeout: 120_000 }, async () => {
    const seed = Date.now()
    const pairs = fc.sample(fc.tuple(names, names), { numRuns: 250, seed })
    const read = await Promise.all(pairs.map(([subject, issuer]) => readBoth(subject, issuer)))
    expect(
      read.map(({ ours }) => ours),
      `fast-check’s seed was ${seed}`,
    ).toEqual(read.map((one) => one.openssl))
    // The names do hold what they are meant to.
    const all = read.map(({ ours }) => ours).join('\n')
    for (const sort of [
      /\\x00/,
      /\\xC3/,
      /\/1\.2\.3\.4=/,
      /\/UID=/,
      /\+O=/,
      /\\\/CN=/,
      /\/emailAddress=/,
      /\/DC=(\/|\n)/,
    ])
      expect(all).toMatch(sort)
  })

  it('for every type that has a short name', { timeout: 60_000 }, async () => {
    const every = [...SHORT_NAMES].map(([oid]) => utf8(oid, 'x'))
    const { ours, openssl } = await readBoth(every, [utf8('2.5.4.3', 'CA')])
    expect(ours).toBe(openssl)
    expect(ours).toContain([...SHORT_NAMES.values()].map((name) => `/${name}=x`).join(''))
  })

  it.each<[string, Parts, string]>([
    ['an empty value', [utf8('2.5.4.3', ''), utf8('2.5.4.10', 'x')], '/CN=/O=x'],
    ['a slash inside a value', [utf8('2.5.4.3', 'a/CN=b')], '/CN=a\\/CN=b'],
    ['a NUL', [utf8('2.5.4.3', 'a\0b')], '/CN=a\\x00b'],
    ['a line’s end', [utf8('2.5.4.3', 'a\nb\x7f')], '/CN=a\\x0Ab\\x7F'],
    ['a backslash', [utf8('2.5.4.3', '\\x41')], '/CN=\\x41'],
    ['UTF-8', [utf8('2.5.4.3', 'J\u00fcrgen')], '/CN=J\\xC3\\xBCrgen'],
    ['T61', [[['2.5.4.3', new TeletexString({ value: 'J\u00fcrgen' })]]], '/CN=J\\xFCrgen'],
    ['UCS-2', [[['2.5.4.3', new BmpString({ value: 'J\u00fc' })]]], '/CN=\\x00J\\x00\\xFC'],
    ['UCS-4', [[['2.5.4.3', new UniversalString({ value: 'J' })]]], '/CN=\\x00\\x00\\x00J'],
    [
      'three in a part',
      [[...utf8('2.5.4.3', 'a'), ...utf8('2.5.4.10', 'b'), ...utf8('2.5.4.6', 'DE')]],
      '/CN=a+O=b+C=DE',
    ],
    ['an OID made from a UUID', [utf8(UUID_ARC, 'x')], `/${UUID_ARC}=x`],
  ])('%s', async (_, parts, expected) => {
    const { ours, openssl } = await readBoth(parts, parts)
    expect(ours).toBe(openssl)
    expect(ours).toBe(`subject=${expected}\nissuer=${expected}`)
  })
})

describe('what is no name', () => {
  const attribute = (value: BaseBlock) => new Uint8Array(nameOf([[['2.5.4.3', value]]]).toBER())
  it.each([
    ['a number as a value', attribute(new Integer({ value: 1 }))],
    ['a string in pieces', Buffer.from('300f310d300b06035504032c040c026161', 'hex')],
    ['a part without attributes', Buffer.from('30023100', 'hex')],
    ['a set', Buffer.from('3100', 'hex')],
    ['a type without a value', Buffer.from('3009310730050603550403', 'hex')],
    ['what is cut off', attribute(new Utf8String({ value: 'x' })).subarray(0, -1)],
  ])('%s is refused', (_, der) => {
    expect(() => readName(der)).toThrow()
  })

  it('an empty name is read, and odd', () => {
    expect(readName(Buffer.from('3000', 'hex'))).toEqual({ text: '', odd: 'it is empty' })
  })
})
