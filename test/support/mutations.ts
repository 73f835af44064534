import fc from 'fast-check'

/** Changes a text that holds one byte a character. */
export type Mutation = (text: string) => string

/** Pieces that have each broken some reader of JSON, MIME, base64 or DER. */
// prettier-ignore
const PIECES = [
  '\0', '\r', '\n', '\r\n', '\n\n', '\t', ' ', '"', '\\', '\\u0000', '\\ud800', '{', '}', '[', ']', ',',
  ':', '--', '=', '-', '\x80', '\xff', '\xef\xbb\xbf', '\xe2\x80\xae', '\xf0\x9f\x98\x80', 'null', 'true',
  'MIME-Version: 1.0\n', 'Content-Type: application/json\n\n',
  'Content-Type: multipart/signed; boundary=""\n', 'Content-Type: application/pkcs7-mime\n\n',
  'Content-Transfer-Encoding: quoted-printable\n', '------1E46927A51C795976CF8F88F2D1050B0\n',
  '------1E46927A51C795976CF8F88F2D1050B0--\n', '{"hv:imagelist":{"dc:title":"evil","hv:images":[]}}\n',
  'MIAGCSqGSIb3DQEHAqCA', 'AAAA', 'MIIB', '////', '['.repeat(100), '['.repeat(100_000),
  '{"a":'.repeat(50_000), 'A'.repeat(100_000), '\n'.repeat(10_000), '9'.repeat(400),
]

/** Members of a JSON object that lie. */
// prettier-ignore
const MEMBERS = [
  '"__proto__":{"polluted":1},', '"constructor":{"prototype":{"polluted":1}},', '"hv:images":[],',
  '"hv:imagelist":{},', '"dc:title":"../../../etc/passwd",', '"dc:identifier":"../x",', '"hv:size":"1",',
  '"x:n":1e999,', '"x:n":-0,', '"x:n":123456789012345678901234567890,', '"file":{"path":"/etc/passwd"},',
  '"a":NaN,', '"x:<<":{"<<":1},',
]

/** A place in a text of whatever length, below 1; no place is likelier than another. */
const place = fc.noBias(fc.nat(2 ** 24 - 1)).map((count) => count / 2 ** 24)

const at = (text: string, where: number): number => Math.floor(where * text.length)

/** The stretch between two places. */
function stretch(
  text: string,
  one: number,
  other: number,
): { before: string; inside: string; after: string } {
  const [begin, end] = [at(text, Math.min(one, other)), at(text, Math.max(one, other))]
  return { before: text.slice(0, begin), inside: text.slice(begin, end), after: text.slice(end) }
}

const flipBit = fc.tuple(place, fc.nat(7)).map(([where, bit]): Mutation => (text) => {
  const index = at(text, where)
  const flipped = String.fromCharCode(((text.charCodeAt(index) || 0) ^ (1 << bit)) & 0xff)
  return text.slice(0, index) + flipped + text.slice(index + 1)
})

const insertPiece = fc.tuple(place, fc.constantFrom(...PIECES)).map(
  ([where, piece]): Mutation =>
    (text) =>
      text.slice(0, at(text, where)) + piece + text.slice(at(text, where)),
)

/** After an opening brace, where it does not break the JSON. */
const insertMember = fc
  .tuple(place, fc.constantFrom(...MEMBERS))
  .map(([where, member]): Mutation => (text) => {
    const brace = text.indexOf('{', at(text, where))
    return brace < 0 ? text : text.slice(0, brace + 1) + member + text.slice(brace + 1)
  })

const overwrite = fc.tuple(place, fc.constantFrom(...PIECES)).map(
  ([where, piece]): Mutation =>
    (text) =>
      text.slice(0, at(text, where)) + piece + text.slice(at(text, where) + piece.length),
)

const truncate = place.map(
  (where): Mutation =>
    (text) =>
      text.slice(0, at(text, where)),
)

const cut = fc.tuple(place, place).map(([one, other]): Mutation => (text) => {
  const { before, after } = stretch(text, one, other)
  return before + after
})

const repeat = fc.tuple(place, place).map(([one, other]): Mutation => (text) => {
  const { before, inside, after } = stretch(text, one, other)
  return before + inside + inside + after
})

/** Changes the lines of a text, some of which two places choose. */
const lines = (change: (lines: string[], one: number, other: number) => void): fc.Arbitrary<Mutation> =>
  fc.tuple(place, place).map(([one, other]): Mutation => (text) => {
    const all = text.split('\n')
    change(all, Math.floor(one * all.length), Math.floor(other * all.length))
    return all.join('\n')
  })

const repeatLine = lines((all, from, to) => all.splice(to, 0, all[from] ?? ''))
const dropLine = lines((all, from) => all.splice(from, 1))
const swapLines = lines((all, one, other) => {
  ;[all[one], all[other]] = [all[other] ?? '', all[one] ?? '']
})

/** Exchanges what stands between the boundaries of a message. */
const swapParts = fc.nat(3).map((turn): Mutation => (text) => {
  const [boundary] = /^-{4,}\w+/m.exec(text) ?? []
  if (boundary === undefined) return text
  const parts = text.split(boundary)
  return [...parts.slice(turn), ...parts.slice(0, turn)].join(boundary)
})

const lineEnds = fc.constantFrom('\r\n', '\r', '\n\n', ' \n').map(
  (end): Mutation =>
    (text) =>
      text.replaceAll('\n', end),
)

/** A word, a number or a text in quotes becomes something else. */
const replaceToken = fc
  .tuple(
    place,
    fc.constantFrom('null', '[]', '{}', '0', '1e999', '"\\u0000"', '"../.."', '"', '9'.repeat(30)),
  )
  .map(([where, token]): Mutation => (text) => {
    const tokens = [...text.matchAll(/"[^"\n]*"|\b[\w.:/-]+\b/g)]
    const found = tokens[Math.floor(where * tokens.length)]
    if (!found) return text
    return text.slice(0, found.index) + token + text.slice(found.index + found[0].length)
  })

/** One to three changes, one after the other. */
export const anyMutation: fc.Arbitrary<Mutation> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: flipBit },
      { weight: 4, arbitrary: insertPiece },
      { weight: 2, arbitrary: overwrite },
      { weight: 4, arbitrary: insertMember },
      { weight: 8, arbitrary: replaceToken },
      truncate,
      cut,
      repeat,
      repeatLine,
      dropLine,
      swapLines,
      swapParts,
      lineEnds,
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((mutations) => (text) => mutations.reduce((changed, mutate) => mutate(changed), text))

/** The same change, of the bytes that a message's signature is, in lines of base64 as they should be. */
export const inSignature =
  (mutate: Mutation): Mutation =>
  (text) => {
    const [base64 = ''] = /(?<=\n\r?\n)MI[\w+/=\r\n]+(?=\r?\n)/.exec(text) ?? []
    const changed = mutate(Buffer.from(base64, 'base64').toString('latin1'))
    const lines = Buffer.from(changed, 'latin1')
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\n')
    return text.replace(base64, () => lines)
  }
