import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/model.ts'

/** Text that YAML, terminals and file systems have each taken for something else. */
// prettier-ignore
const TRICKY = [
  '', ' ', 'null', '~', 'yes', 'n', 'NaN', '.inf', '1.10', '22.10', '0x1f', '0o7', '1_000', '1:30', '1e3', '-0',
  '2011-03-10', '2011-03-10T17:09:12Z', '<<', '*a', '&a', '!!str x', '- a', '? a', '{a', '[a', '#a', 'a #b', 'a: b',
  '%YAML 1.2', '---', '...', '|', '>', "it's", '"', '\\', 'a\nb', 'a\n\n  b \n', '\n', ' a ', '\t', 'a\r\nb', '\0', '\u001b[1m',
  '\u0085', '\u00a0', '\u2028', '\u202e', '\ufeff', '\ud800', '\udc00x', 'é', '漢字', '😀', '\u{e0001}', '../../etc/passwd',
  '__proto__', 'constructor', 'CON', '::error::', 'x'.repeat(300),
]

export const anyText = fc.oneof(
  fc.constantFrom(...TRICKY),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
)

const anyValue: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    anyText,
    fc.array(tie('value'), { maxLength: 4 }),
    // fromEntries, as everywhere: a key named __proto__ stays one.
    fc.array(fc.tuple(anyText, tie('value')), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
  ),
})).value

const anyKey = fc
  .tuple(fc.constantFrom('dc', 'hv', 'sl', 'ad', 'x.y-z'), fc.stringMatching(/^[!-~]{1,20}$/))
  .map(([space, name]) => `${space}:${name}`)

const anyKeys = (fixed: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(fc.array(fc.tuple(anyKey, anyValue), { maxLength: 5 }), fixed)
    .map(([pairs, rest]) => ({ ...Object.fromEntries(pairs), ...rest }))

const identifier = fc.uuid()
const version = fc.constantFrom('1', '0.0.1', '1.10', '3.0', '20110310')
const size = fc.oneof(fc.maxSafeNat(), fc.maxSafeNat().map(String))

const anyImage = anyKeys(
  fc.record({
    'dc:identifier': identifier,
    'dc:title': anyText,
    'hv:version': version,
    'hv:size': size,
    'hv:uri': fc.webUrl(),
  }),
)

/** Any list whose keys all have a namespace, as a publisher of this format could have signed it. */
export const anyList: fc.Arbitrary<JsonObject> = anyKeys(
  fc.record({
    'dc:identifier': identifier,
    'dc:title': anyText,
    'hv:version': version,
    'hv:uri': fc.webUrl(),
    'dc:date:created': fc.constant('2011-03-10T17:09:12Z'),
    'dc:date:expires': fc.constantFrom('2011-04-07T17:09:12Z', '2011-04-07T12:00:00Z'),
    'hv:endorser': anyKeys(fc.constant({})).chain((keys) =>
      anyKeys(fc.record({ 'hv:dn': anyText, 'hv:ca': anyText })).map((x509) => ({
        ...keys,
        'hv:x509': x509,
      })),
    ),
    'hv:images': fc.array(
      anyImage.map((image) => ({ 'hv:image': image })),
      { maxLength: 4 },
    ),
  }),
).map((list) => ({ 'hv:imagelist': list }))
