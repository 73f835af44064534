/** DER as a tree that tests can look into, and change. Tags of one byte, as all of CMS and X.509 has them. */
export interface Der {
  /** The identifier octet: class, constructed or not, number. */
  readonly tag: number
  readonly inside: Uint8Array | readonly Der[]
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

const CONSTRUCTED = 0x20

/** `[number]`, constructed. */
export const context = (number: number): number => 0xa0 + number

/** Reads one value; throws an Error if it is not in definite lengths, or something comes after it. */
export function readDer(bytes: Uint8Array): Der {
  const [one, another] = readAll(bytes)
  if (!one || another) throw new Error('not one value in DER')
  return one
}

function readAll(bytes: Uint8Array): Der[] {
  const found: Der[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0
    const { length, begin } = readLength(bytes, at + 1)
    if (begin + length > bytes.length) throw new Error('a value is cut short')
    const content = bytes.subarray(begin, begin + length)
    found.push({ tag, inside: tag & CONSTRUCTED ? readAll(content) : content })
    at = begin + length
  }
  return found
}

function readLength(bytes: Uint8Array, at: number): { length: number; begin: number } {
  const first = bytes[at] ?? 0x80
  if (first < 0x80) return { length: first, begin: at + 1 }
  const size = first - 0x80
  if (size === 0 || size > 4) throw new Error('a length is not in DER')
  const length = bytes.subarray(at + 1, at + 1 + size).reduce((sum, byte) => sum * 256 + byte, 0)
  return { length, begin: at + 1 + size }
}

export function writeDer({ tag, inside }: Der): Buffer {
  const content = inside instanceof Uint8Array ? inside : Buffer.concat(inside.map(writeDer))
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

export function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 + bytes.length, ...bytes])
}

/** What a constructed value holds; nothing for others. */
export const membersOf = (der: Der | undefined): readonly Der[] =>
  der && !(der.inside instanceof Uint8Array) ? der.inside : []

/** The bytes of a primitive value; none for others. */
export const bytesOf = (der: Der | undefined): Buffer =>
  der?.inside instanceof Uint8Array ? Buffer.from(der.inside) : Buffer.alloc(0)

export const oid = (dotted: string): Der => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return { tag: TAG.oid, inside: Buffer.from([first * 40 + second, ...rest.flatMap(base128)]) }
}

function base128(arc: number): number[] {
  const bytes = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift(0x80 + (rest % 128))
  return bytes
}

export const isOid = (der: Der | undefined, dotted: string): boolean =>
  der?.tag === TAG.oid && bytesOf(der).equals(bytesOf(oid(dotted)))
