import { fault } from '../../errors.ts'
import { asObject, get, textOf } from '../../json.ts'
import type {
  HistoryHead,
  HistoryRecord,
  Json,
  JsonObject,
  PublishedList,
  RecordedSigner,
} from '../../model.ts'
import { validator } from '../../schemas.ts'
import { sha256 } from '../../sums.ts'
import type { Certificate } from '../../trust/certificate.ts'
import { serialize } from '../compose.ts'
import { readJson } from '../json-text.ts'
import { parse } from '../parse.ts'
import { isRecordName } from './names.ts'
import { openMessage, type Message } from '../smime.ts'

/** The part of a record that its signed list says too: anybody can check it. */
export type Told = Omit<HistoryRecord, 'format' | 'list' | 'published' | 'commit' | 'removed' | 'previous'>

/** A signed list, opened. */
export interface Opened {
  readonly message: Message
  readonly list: PublishedList
  readonly told: Told
}

/** Opens a signed list. Throws `message-broken`, `list-malformed`. */
export function openList(bytes: Uint8Array): Opened {
  const message = openMessage(bytes)
  const list = parse(message.content)
  const { keys, images } = list
  const told = {
    identifier: textOf(keys, 'dc:identifier') ?? '',
    uri: textOf(keys, 'hv:uri') ?? '',
    version: textOf(keys, 'hv:version') ?? '',
    expires: textOf(keys, 'dc:date:expires') ?? '',
    sha256: sha256(bytes),
    size: bytes.length,
    signer: nameSigner(message.signer),
    countersigners: message.countersigners.map(({ certificate }) => nameSigner(certificate)),
    images: images.map(tellImage),
  }
  return { message, list, told }
}

const nameSigner = ({ dn, ca, x509, fingerprint }: Certificate): RecordedSigner => ({
  dn,
  ca,
  serial: x509.serialNumber,
  fingerprint,
})

const tellImage = (keys: JsonObject) => ({
  identifier: textOf(keys, 'dc:identifier') ?? '',
  version: textOf(keys, 'hv:version') ?? '',
  size: Number(get(keys, 'hv:size')),
  sha512: textOf(keys, 'sl:checksum:sha512') ?? '',
  uri: textOf(keys, 'hv:uri') ?? '',
})

/** The same bytes for the same record, whoever writes it. */
export const writeRecord = (record: HistoryRecord | HistoryHead): Uint8Array =>
  Buffer.from(serialize(asJson(record)))

/** Fields of a record that are not as its signed list, or another record, says. */
export const contradictions = (record: HistoryRecord, told: Told | HistoryRecord): string[] => {
  const said = new Map(Object.entries(asJson(record)))
  return Object.entries(asJson(told)).flatMap(([field, value]) =>
    serialize(said.get(field) ?? null) === serialize(value) ? [] : [field],
  )
}

/** Values of the model are JSON, interfaces or not. */
const asJson = (value: object): JsonObject => ({ ...value })

/** Throws `record-malformed`. */
export function readRecord(bytes: Uint8Array): HistoryRecord {
  const value = read(bytes)
  const validate = validator('record')
  if (validate(value)) return value
  const [first] = validate.errors ?? []
  throw fault('record-malformed', {
    reason: `${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`.trim(),
  })
}

/** Throws `record-malformed`. */
export function readHead(bytes: Uint8Array): HistoryHead {
  const value = asObject(read(bytes))
  const [key = '', sum = '', version = ''] = ['key', 'sha256', 'version'].map(
    (name) => textOf(value, name) ?? '',
  )
  if (!isRecordName(key) || !/^[0-9a-f]{64}$/.test(sum) || version === '')
    throw fault('record-malformed', { reason: 'key, sha256 or version is not what it should be' })
  return { key, sha256: sum, version }
}

function read(bytes: Uint8Array): Json {
  try {
    return readJson(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw fault('record-malformed', { reason: 'it is not JSON' }, error)
  }
}
