import type {
  Changed,
  Digest,
  Json,
  KeyChange,
  ListedImage,
  Plan,
  PlannedList,
  RemovedImage,
  SignerName,
  TargetConfig,
  Upload,
} from '../model.ts'
import { formatBytes } from './bytes.ts'

/** What every format tells of a plan, in words; nothing here is escaped yet. */

/** One thing about a list or an image, before and after; null before what is new. */
export interface Fact {
  readonly label: string
  readonly from: string | null
  readonly to: string
}

/** Certificates of more CAs than a reader compares; the checksum covers all. */
const MANY = 8

export const trustTexts = ({ trust, endorsers }: Plan): readonly string[] => [
  ...shortened(trust),
  ...endorsers.map((one) => `no list without the signature of ${signerText(one)}`),
]

const shortened = (all: readonly string[]): readonly string[] =>
  all.length > MANY ? [...all.slice(0, MANY), `and ${all.length - MANY} more`] : all

export interface TargetFact {
  readonly mark: 'change' | 'remove' | null
  readonly match: string
  readonly to: string
}

/** The plan's targets and those that are gone, by their addresses: what is comes before what was. */
export const targetFacts = ({ targets, changed }: Plan): readonly TargetFact[] =>
  [
    ...targets.map((target) => targetFact(target, changed?.targets.includes(target.match) ? 'change' : null)),
    ...(changed?.gone ?? []).map((target) => targetFact(target, 'remove')),
  ].toSorted((a, b) => (a.match < b.match ? -1 : a.match > b.match ? 1 : 0))

const targetFact = (target: TargetConfig, mark: TargetFact['mark']): TargetFact => {
  const details = detailsOf(target)
  const { match, to } = target
  return { mark, match, to: details.length > 0 ? `${to} (${details.join('; ')})` : to }
}

/** What else a reviewer must know of a target: who may answer there, and how it is used. */
const detailsOf = ({ settings, hostKeys, authorities, ...target }: TargetConfig): string[] => [
  ...(target.public ? [] : ['public: false']),
  ...(hostKeys.length > 0 ? [`host key: ${hostKeys.join(' or ')}`] : []),
  ...Object.entries(settings).flatMap(([key, value]) =>
    key === 'hostKey' ? [] : `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ),
  ...(authorities.length > 0 ? [`trusting ${shortened(authorities).join(' ')}`] : []),
]

/** `(changed since 1a2b3c4)` */
export const sinceText = ({ commit }: Changed): string => `(changed since ${commit.slice(0, 7)})`

/** `Debian 11, version 0.0.1 (488dcdc4-…)` */
export const removedText = ({ title, version, identifier }: RemovedImage): string =>
  `${title}${version === null ? '' : `, version ${version}`} (${identifier})`

/** How many images of a list nothing happens to; null if to none of them. */
export function keptText({ images }: PlannedList): string | null {
  const kept = images.filter(({ action }) => action === 'keep').length
  if (kept === 0) return null
  return kept === 1 ? '1 image stays as it is' : `${kept} images stay as they are`
}

const UNREAD = 'not read yet'
const LONGEST = 300

/** `short`: for a reader who has the YAML files beside it; `whole`: all that there is, for one who signs it. */
export type Detail = 'short' | 'whole'

export const listFacts = (list: PlannedList, detail: Detail): Fact[] => {
  const { uri, version, expires, signer, countersigners, keys } = list
  // What is new is told by its YAML files, what changes key by key.
  const isTold = detail === 'whole' || version.from !== null
  return [
    { label: 'address', from: uri, to: uri },
    { label: 'version', ...version },
    { label: 'expires', ...expires },
    { label: 'signer', from: signer.from && signerText(signer.from), to: signerText(signer.to) },
    ...countersigners.map((one) => ({ label: 'countersigner', from: null, to: signerText(one) })),
    ...(isTold ? keyFacts(keys, version.from === null, detail) : []),
  ]
}

/** The version, and whatever else differs. */
export function imageFacts(image: ListedImage, detail: Detail): Fact[] {
  const { action, version, bytes, uri, upload, keys } = image
  const size = (digest: Digest) => (detail === 'whole' ? `${digest.size} bytes` : formatBytes(digest.size))
  const sum = ({ sha512 }: Digest) => (detail === 'whole' ? sha512 : shorten(sha512))
  const [before, after] = [bytes.from, bytes.to]
  const facts = [
    { label: 'size', from: before && size(before), to: after ? size(after) : UNREAD },
    { label: 'sha512', from: before && sum(before), to: after ? sum(after) : UNREAD },
    { label: 'address', from: uri.from, to: uri.to ?? `${upload?.prefix ?? ''}…` },
  ]
  return [
    { label: 'version', ...version },
    ...facts.filter(({ from, to }) => from !== to),
    ...(upload ? [{ label: 'upload', from: null, to: uploadText(upload) }] : []),
    ...(action === 'change' || detail === 'whole' ? keyFacts(keys, action === 'add', detail) : []),
  ]
}

const keyFacts = (keys: readonly KeyChange[], isNew: boolean, detail: Detail): Fact[] =>
  keys.map(({ key, from, to }) => ({
    label: key,
    from: isNew ? null : valueText(from, detail),
    to: valueText(to, detail),
  }))

/** JSON, so that a text is told from a number; `none` for a key that is not there. */
function valueText(value: Json, detail: Detail): string {
  if (value === null) return 'none'
  const json = JSON.stringify(value)
  return json.length > LONGEST && detail === 'short' ? `${json.slice(0, LONGEST)}…` : json
}

const signerText = ({ dn, ca }: SignerName): string => `${dn} (of ${ca})`

const shorten = (sum: string): string => `${sum.slice(0, 16)}…`

const uploadText = ({ size, compress }: Upload): string =>
  (size === null ? 'of a size not known yet' : formatBytes(size)) +
  (compress ? `, compressed on the way (${compress})` : '')
