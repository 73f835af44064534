import { afterAll, beforeAll, expect, it } from 'vitest'
import { openMessage } from '../../src/list/smime.ts'
import { VmcastError } from '../../src/errors.ts'
import { ATTRIBUTES } from '../support/odd/attributes.ts'
import { ENCODINGS } from '../support/odd/encoding.ts'
import { GIANTS, MAILS } from '../support/odd/mime.ts'
import { makeEndorsers, mailOf, usual, type Endorser, type Scene } from '../support/odd/scene.ts'
import { CERTIFICATES } from '../support/odd/certificates.ts'
import { SIGNERS } from '../support/odd/signers.ts'
import { makePki, type Pki } from '../support/pki.ts'

let pki: Pki
let endorsers: readonly Endorser[]
beforeAll(async () => {
  pki = await makePki()
  endorsers = await makeEndorsers(pki)
})
afterAll(() => pki.remove())

/** A message by the endorser whose key is RSA, as all of them are usually made. `choice`: below 1. */
function scene(choice: number, opaque = false): Scene {
  const [by, , countersigner] = endorsers
  if (!by || !countersigner) throw new Error('there are four')
  const random = () => choice
  const usually = { countersigned: false, hash: 'sha256', crlf: false, predecessor: false } as const
  return { by, countersigner, opaque, random, ...usually }
}

/** Why it is refused: the reason, and what it comes from. */
function reasonOf(message: string): string {
  try {
    openMessage(Buffer.from(message, 'latin1'))
  } catch (error) {
    if (!(error instanceof VmcastError)) throw error
    return `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`
  }
  return 'intact'
}

it('opens what nothing is odd about', () => {
  for (const opaque of [false, true]) {
    const usually = scene(0, opaque)
    expect(reasonOf(mailOf(usually, usual(usually)))).toBe('intact')
  }
})

/** Each was accepted once, though OpenSSL’s programs, or one of them, refused it. */
it.each<[string, number, string]>([
  ['no content type', 0, 'do not say of which type its content is'],
  ['the content type twice', 0, 'do not say of which type its content is'],
  ['two content types in one', 0, 'do not say of which type its content is'],
  ['another content type', 0, 'do not say of which type its content is'],
  ['the signing time twice', 0, 'more or less than one signing time'],
  ['a countersignature among the signed ones', 0, 'it has a signed countersignature'],
  ['signed ones among the unsigned', 0, 'unsigned attributes that should be signed'],
  ['attributes in BER, signed as they stand', 0.9, 'a length is longer than it needs to be'],
  ['attributes in BER, signed as they stand', 0, 'a length cannot be read'],
  ['an attribute’s value not in DER', 0, 'a value is not in the form of its type'],
  ['an attribute’s value not in DER', 0.45, 'a value is not in the form of its type'],
  ['a countersignature that is none', 0, 'its values has other members'],
  ['the digest is not announced', 0, 'its digest is not announced'],
  ['another digest is announced', 0, 'its digest is not announced'],
  ['the algorithm of another kind of key', 0, 'its algorithm is not one for such a key'],
  ['a certificate that is none', 0.9, 'its certificates has other members'],
  ['another kind of certificate', 0, 'its certificates has other members'],
  ['something more in the structure', 0, 'has other members'],
  ['somewhere zeros', 0, 'a length cannot be read'],
  ['something behind the structure', 0, 'something comes after it'],
  ['a boundary that is a dash', 0, 'names no boundary'],
  ['a boundary in a comment, or in quotes', 0, 'parameters that cannot be read'],
  ['a boundary in a comment, or in quotes', 0.3, 'names no boundary'],
  ['control characters in the headers', 0.2, 'headers that no mail program writes'],
  ['CRs without end', 0, 'headers that no mail program writes'],
  ['lines before everything', 0, 'no MIME message with a Content-Type'],
  ['base64 with other characters', 0.99, 'its signature is not base64'],
  ['a boundary where OpenSSL cuts a line', 0, 'not all programs read in the same way'],
  ['a boundary where OpenSSL cuts a line of the preamble', 0, 'not all programs read in the same way'],
])('refuses: %s (%d)', (name, choice, reason) => {
  const make = { ...ATTRIBUTES, ...SIGNERS, ...CERTIFICATES, ...ENCODINGS, ...MAILS, ...GIANTS }[name]
  expect(make && reasonOf(make(scene(choice)))).toContain(reason)
})

it('refuses base64 without its end', () => {
  const scenes = [false, true].flatMap((predecessor) =>
    endorsers.map((by) => ({ ...scene(0, true), by, predecessor })),
  )
  const padded = scenes.map((one) => mailOf(one, usual(one))).find((text) => /=\n/.test(text))
  expect(padded && reasonOf(padded.replace(/=+(?=\n)/, ''))).toContain('not base64')
})

it('does not look for long lines for seconds', () => {
  const text = `${mailOf(scene(0), usual(scene(0)))}${`${'x'.repeat(990)}\n`.repeat(8000)}`
  const began = process.cpuUsage()
  expect(reasonOf(text.replace('multipart/signed', 'application/pkcs7-mime'))).toContain('not base64')
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(1000)
})
