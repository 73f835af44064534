import type { Login } from '../https/login.ts'

/** How XML names what it cannot hold as it is. */
const NAMED = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
])

/**
 * Takes a login's password out of words in which a server may send it back: as it is, as JSON, XML, an address
 * or a form spell it, and in base64, alone or behind the user.
 */
export function redactor({ authorization }: Login): (text: string) => string {
  const basic = authorization.replace('Basic ', '')
  const password = Buffer.from(basic, 'base64')
    .toString()
    .replace(/^[^:]*:/, '')
  const encoded = [basic, Buffer.from(password).toString('base64')].flatMap((base64) => {
    const bare = base64.replace(/=+$/, '')
    return [bare, bare.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const ways = [...encoded, password].map((one) => Array.from(one, spelled).join(''))
  const secret = new RegExp(ways.join('|'), 'giu')
  return (text) => text.replace(secret, '…')
}

/** A pattern for one character, however it is spelled: the long ways first, so that nothing of them stays. */
function spelled(character: string): string {
  const bytes = Array.from(Buffer.from(character), (byte) => `%${hex(byte, 2)}`).join('')
  const units = Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at), 4)}`)
  const number = character.codePointAt(0) ?? 0
  const ways = [
    NAMED.get(character),
    `&#${number};`,
    `&#x${hex(number)};`,
    bytes,
    units.join(''),
    `\\${character}`,
  ]
  if (character === ' ') ways.push('+')
  const patterns = [...ways, character].filter((way) => way !== undefined).map(literally)
  return `(?:${patterns.join('|')})`
}

const hex = (number: number, digits = 1): string => number.toString(16).padStart(digits, '0')

const literally = (text: string): string =>
  Array.from(text, (one) => `\\u{${hex(one.codePointAt(0) ?? 0)}}`).join('')
