import { signingTime, type SignedForm } from './signed-form.ts'
import { when } from './when.ts'
import { textOf, type Keys, type Wire } from './wire.ts'

/** Profiles that ask for more than every subscriber does. */
export type Promised = 'atrope' | 'cloudkeeper'

const LIST_KEYS = [
  'dc:date:created',
  'dc:date:expires',
  'dc:identifier',
  'dc:description',
  'dc:title',
].concat(['dc:source', 'hv:version', 'hv:uri', 'hv:images'])
const IMAGE_KEYS = ['dc:title', 'dc:description', 'dc:identifier', 'hv:size', 'hv:uri', 'hv:version'].concat([
  'hv:hypervisor',
  'sl:arch',
  'sl:os',
  'sl:osversion',
  'sl:comments',
  'sl:checksum:sha512',
])
const MORE_LIST_KEYS = { atrope: [], cloudkeeper: ['ad:vo'] }
const MORE_IMAGE_KEYS = {
  atrope: ['hv:format', 'sl:osname', 'dc:date:expires', 'ad:group', 'ad:mpuri'].concat([
    'ad:user:fullname',
    'ad:user:guid',
    'ad:user:uri',
  ]),
  cloudkeeper: ['ad:mpuri', 'dc:date:expires', 'hv:format'],
}
const CLOUD_FORMATS = ['qcow2', 'ova', 'vmdk', 'vdi', 'raw']

/** Points 9, 10, 12, 13 and 15, of the list. */
export function listFaults(
  { outermost, list, images }: Wire,
  { part, cms }: SignedForm,
  promised: readonly Promised[],
): string[] {
  const uri = textOf(list, 'hv:uri')
  const created = Date.parse(textOf(list, 'dc:date:created'))
  const signed = cms.signers[0] && signingTime(cms.signers[0])
  const identifiers = [list, ...images].map((keys) => textOf(keys, 'dc:identifier'))
  return [
    ...when(outermost.join() !== 'hv:imagelist', '9: it is not one hv:imagelist'),
    ...when(/[^ -~\n]/.test(part.join('\n')), '9: it is not clean of 8-bit and control characters'),
    ...missing(list, [...LIST_KEYS, ...promised.flatMap((one) => MORE_LIST_KEYS[one])]).map(
      (key) => `10: the list has no ${key}`,
    ),
    ...dateFaults(list, 'the list'),
    ...when(signed ? created > signed.getTime() : false, '12: it was made after it was signed'),
    ...when(created >= Date.parse(textOf(list, 'dc:date:expires')), '12: it had ended when it was made'),
    ...when(!isAddress(uri) || /[?#]/.test(uri), '13: its hv:uri is no plain address'),
    ...when(new Set(identifiers).size < identifiers.length, '15: an identifier is there twice'),
    ...when(!isVersion(list), '16: its version is not dotted numbers'),
    ...when(
      identifiers.some((identifier) => identifier.includes('/')),
      '15: an identifier has a / in it',
    ),
  ]
}

/** Points 11, 12, 14, 15 and 16, of every image. */
export const imageFaults = ({ images }: Wire, promised: readonly Promised[]): string[] =>
  images.flatMap((image, index) => oneImageFaults(image, `image ${index}`, promised))

function oneImageFaults(image: Keys, name: string, promised: readonly Promised[]): string[] {
  const uri = textOf(image, 'hv:uri')
  const wanted = [...IMAGE_KEYS, ...promised.flatMap((one) => MORE_IMAGE_KEYS[one])]
  return [
    ...missing(image, wanted).map((key) => `11: ${name} has no ${key}`),
    ...when(
      promised.includes('cloudkeeper') && !CLOUD_FORMATS.includes(textOf(image, 'hv:format').toLowerCase()),
      `11: ${name} has a format that cloudkeeper cannot use`,
    ),
    ...dateFaults(image, name),
    ...when(!isAddress(uri) || !/^[\w.~:/@+,=%-]+$/.test(uri), `14: the address of ${name} is unsafe`),
    ...when(
      !/^[0-9a-f]{128}$/.test(textOf(image, 'sl:checksum:sha512')),
      `15: ${name} has no sha512 in lower case`,
    ),
    ...when(!Number.isSafeInteger(image['hv:size']), `15: the size of ${name} is not a number`),
    ...when(!isVersion(image), `16: the version of ${name} is not dotted numbers`),
  ]
}

const missing = (keys: Keys, wanted: readonly string[]): string[] =>
  [...new Set(wanted)].filter((key) => (keys[key] ?? null) === null)

const dateFaults = (keys: Keys, name: string): string[] =>
  Object.entries(keys)
    .filter(([key, value]) => key.startsWith('dc:date:') && !isTime(value))
    .map(([key]) => `12: ${key} of ${name} is not a time`)

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{4}(-\d\d){2}T\d\d(:\d\d){2}Z$/.test(value) && !isNaN(Date.parse(value))

const isAddress = (uri: string): boolean => /^https?:\/\/./.test(uri) && URL.canParse(uri)

const isVersion = (keys: Keys): boolean => /^\d+(\.\d+)*$/.test(textOf(keys, 'hv:version'))
