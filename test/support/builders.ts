import { createHash } from 'node:crypto'
import { formatTime } from '../../src/dates.ts'
import type {
  Desired,
  DesiredImage,
  DesiredList,
  Digest,
  FileFacts,
  JsonObject,
  ListedImage,
  Observation,
  Plan,
  PlannedList,
  PublishedList,
  World,
} from '../../src/model.ts'
import { targetTo } from './targets.ts'

/**
 * Values of the model with everything that a test does not care about: each test says only what differs.
 * Everything is derived from names, so that the same name gives the same image everywhere.
 */

export const NOW = new Date('2026-03-01T12:00:00Z')
const DAY = 86_400_000

/** `NOW` and some days. */
export const inDays = (days: number): string => formatTime(new Date(NOW.getTime() + days * DAY))

export const SIGNER = {
  dn: '/DC=org/DC=example/CN=Owen Synge',
  ca: '/DC=org/DC=example/CN=Example CA',
} as const

export const PREFIX = 'https://images.example.org/images/'

/** The sum of a content that is only told by its name. */
export const sum = (content: string): string => createHash('sha512').update(content).digest('hex')

/** A UUID that follows from a name. */
export const uuid = (name: string): string =>
  sum(name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')

export const digest = (content: string, size = 1_200_000_000): Digest => ({ sha512: sum(content), size })

export const file = (content: string, size = 1_200_000_000): FileFacts => ({
  source: sum(content),
  size,
  served: digest(content, size),
})

export function image(name: string, { keys = {}, ...rest }: Partial<DesiredImage> = {}): DesiredImage {
  const identifier = uuid(name)
  return {
    name,
    identifier,
    uri: PREFIX,
    file: { kind: 'path', path: `/srv/build/${name}.qcow2`, sha512: null },
    ...rest,
    keys: {
      'dc:identifier': identifier,
      'dc:title': name,
      'dc:description': `${name} with cloud-init`,
      'hv:hypervisor': 'kvm',
      'hv:format': 'qcow2',
      'sl:arch': 'x86_64',
      'sl:os': 'Linux',
      'sl:osversion': '12',
      'sl:comments': '',
      'hv:uri': rest.uri ?? PREFIX,
      ...keys,
    },
  }
}

/** An image that lies at an address of somebody else's. */
export const hostedImage = (name: string, content: string, keys: JsonObject = {}): DesiredImage =>
  image(name, {
    uri: `https://elsewhere.example.org/${name}.qcow2`,
    file: null,
    keys: { 'hv:size': 1_200_000_000, 'sl:checksum:sha512': sum(content), ...keys },
  })

export function list(name: string, { keys = {}, ...rest }: Partial<DesiredList> = {}): DesiredList {
  const identifier = uuid(`list ${name}`)
  const uri = `https://images.example.org/lists/${name}.list`
  return {
    name,
    identifier,
    uri,
    images: [],
    lifetime: 28 * DAY,
    renew: 7 * DAY,
    profiles: ['hepix'],
    countersigners: [],
    revoked: new Map(),
    ...rest,
    keys: {
      'dc:identifier': identifier,
      'dc:title': name,
      'dc:description': 'a README example of an image list',
      'dc:source': 'example.org',
      'hv:uri': uri,
      'hv:endorser': { 'hv:x509': { 'dc:creator': 'Owen Synge', 'hv:email': 'owen@example.org' } },
      'ad:vo': 'vo.example.org',
      ...keys,
    },
  }
}

export function desired(
  lists: readonly DesiredList[],
  images: readonly DesiredImage[] = [],
  rest: Partial<Desired> = {},
): Desired {
  return {
    root: '/srv/repository',
    config: {
      targets: [targetTo('file:./public/')],
      signing: { certificate: null, key: null },
      trust: { ca: null, crl: 'if-there', endorsers: [] },
      allowPrivateHosts: [],
    },
    lists,
    images: new Map(images.map((one) => [one.name, one])),
    dirty: [],
    ...rest,
  }
}

export function world(
  lists: Readonly<Record<string, World['lists'] extends ReadonlyMap<string, infer V> ? V : never>>,
  files: Readonly<Record<string, World['files'] extends ReadonlyMap<string, infer V> ? V : never>> = {},
  rest: Partial<World> = {},
): World {
  return {
    lists: new Map(Object.entries(lists)),
    highest: new Map(),
    files: new Map(Object.entries(files)),
    signer: { ...SIGNER, notAfter: new Date(NOW.getTime() + 365 * DAY) },
    trust: ['SHA256:6d1c', 'SHA256:b77a'],
    since: null,
    now: NOW,
    ...rest,
  }
}

export const absent: Observation = { state: 'absent' }

export const broken = (reason = 'its signature does not fit its content'): Observation => ({
  state: 'broken',
  reason,
  tag: 'broken-tag',
  sha256: 'b0'.repeat(32),
})

type Intact = Extract<Observation, { state: 'intact' }>

export const intact = (published: PublishedList, rest: Partial<Intact> = {}): Intact => ({
  state: 'intact',
  list: published,
  signer: SIGNER,
  certificatesEnd: new Date(NOW.getTime() + 365 * DAY),
  countersigners: [],
  untrusted: null,
  ours: true,
  tag: 'tag',
  sha256: 'a1'.repeat(32),
  ...rest,
})

/** A list as vmcast published it: made five days ago, at version 1.0.0, for 28 days. */
export function published(
  { keys, ...one }: DesiredList,
  images: readonly JsonObject[] = [],
  changed: JsonObject = {},
): PublishedList {
  const endorser = {
    'dc:creator': 'Owen Synge',
    'hv:email': 'owen@example.org',
    'hv:dn': SIGNER.dn,
    'hv:ca': SIGNER.ca,
  }
  return {
    keys: {
      ...keys,
      'hv:uri': one.uri,
      'hv:endorser': { 'hv:x509': endorser },
      'hv:version': '1.0.0',
      'dc:date:created': inDays(-5),
      'dc:date:expires': inDays(23),
      ...changed,
    },
    images,
  }
}

/** An image as vmcast published it, at version 0.0.1, made of `content`. */
export function publishedImage(one: DesiredImage, content: string, changed: JsonObject = {}): JsonObject {
  const { sha512, size } = digest(content)
  const at = one.file ? `${one.uri}${one.identifier}_${sha512.slice(0, 16)}.qcow2` : one.uri
  return {
    ...one.keys,
    'hv:version': '0.0.1',
    'hv:uri': at,
    'hv:size': size,
    'sl:checksum:sha512': sha512,
    ...changed,
  }
}

/** The list of that name, planned; a failure is thrown with its message. */
export function planned({ lists }: Plan, name: string): PlannedList {
  const found = lists.find((one) => one.name === name)
  if (!found) throw new Error(`${name} is not in the plan`)
  if (found.action === 'failed') throw new Error(found.failure.message)
  return found
}

/** The image of that name on a planned list. */
export function listed(one: PlannedList, name: string): ListedImage {
  const found = one.images.find((candidate) => candidate.action !== 'remove' && candidate.name === name)
  if (!found || found.action === 'remove') throw new Error(`${name} is not on ${one.name}`)
  return found
}

/** The code of the failure that stops a list; null if none does. */
export function failureOf({ lists }: Plan, name: string): string | null {
  const found = lists.find((one) => one.name === name)
  return found?.action === 'failed' ? found.failure.code : null
}
