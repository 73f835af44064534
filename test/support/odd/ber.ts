import { lengthOf, membersOf, type Der } from '../der.ts'

/** Ways to write one value that are not DER; those that BER does not have either begin with `!`. */
export const FORMS = [
  'indefinite',
  'overlong',
  'zeros',
  'pieces',
  '!huge',
  '!short',
  '!endless',
  '!reserved',
] as const

export type Form = (typeof FORMS)[number]

/** Writes a tree with some of its values in another form than DER. */
export function writeBer(der: Der, forms: ReadonlyMap<Der, Form>): Buffer {
  const { tag, inside } = der
  const content =
    inside instanceof Uint8Array
      ? Buffer.from(inside)
      : Buffer.concat(inside.map((one) => writeBer(one, forms)))
  const form = forms.get(der)
  const isPrimitive = inside instanceof Uint8Array
  if (form === 'pieces' || (form === 'indefinite' && isPrimitive)) {
    const middle = Math.floor(content.length / 2)
    const pieces = [content.subarray(0, middle), content.subarray(middle)].map((piece) =>
      value(tag, lengthOf(piece.length), piece),
    )
    return value(tag | 0x20, Buffer.from([0x80]), ...pieces, END)
  }
  return value(tag, ...encoded(content, form))
}

const value = (tag: number, ...rest: Buffer[]): Buffer => Buffer.concat([Buffer.from([tag]), ...rest])

const END = Buffer.alloc(2)

function encoded(content: Buffer, form: Form | undefined): Buffer[] {
  const { length } = content
  switch (form) {
    case 'indefinite':
      return [Buffer.from([0x80]), content, END]
    case 'overlong':
      return [Buffer.from([0x84, ...[24, 16, 8, 0].map((bits) => (length >> bits) & 0xff)]), content]
    case 'zeros':
      return [Buffer.from([0x8a, ...Buffer.alloc(8), (length >> 8) & 0xff, length & 0xff]), content]
    case '!huge':
      return [Buffer.from([0x84, 0x7f, 0xff, 0xff, 0xff]), content]
    case '!short':
      return [lengthOf(Math.max(0, length - 1)), content]
    case '!endless':
      return [Buffer.from([0x80]), content]
    case '!reserved':
      return [Buffer.from([0xff]), content]
    case 'pieces':
    case undefined:
      return [lengthOf(length), content]
  }
}

/** A value and all that is in it. */
export const allOf = (der: Der): Der[] => [der, ...membersOf(der).flatMap(allOf)]
