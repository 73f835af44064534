import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { stringify } from 'yaml'
import { fault } from '../errors.ts'
import { ChecksumCache } from '../files/cache.ts'
import { hashFile } from '../files/hash.ts'
import { nameOf, type Kind } from '../files/magic.ts'
import type { Digest, Json, Surroundings } from '../model.ts'
import { yamlText } from './yaml-text.ts'
import { slug } from './names.ts'
import { isContentName, readSource, realFolder } from './read.ts'
import { targetsOf } from './repository.ts'
import { readSchema, schemaAt, type SchemaName } from '../schemas.ts'
import { writeContent } from './write.ts'

export interface Wish {
  /** The repository, which need not have a vmcast.yaml yet. */
  readonly folder: string
  /** The new file's name without `.yaml`; null: made from the image file's. */
  readonly name: string | null
  readonly force: boolean
}

/** Where an address most probably begins that nobody has chosen yet. */
const SOMEWHERE = 'https://images.example.org/'

/**
 * Writes images/<name>.yaml with a fresh UUID, and with what the image at `path` (if it is given) tells;
 * what nobody can know is empty, so that `validate` asks for it. Returns the file's name, relative to the
 * repository. Throws `name-unfit`, `content-exists`, `content-unwritable`, and why the image cannot be read.
 */
export async function newImage(
  wish: Wish,
  path: string | null,
  { cache, progress, signal }: Pick<Surroundings, 'cache' | 'progress' | 'signal'>,
): Promise<string> {
  const root = realFolder(wish.folder)
  const name = wish.name ?? slug(path === null ? '' : stem(path), 'new-image')
  // Who names the file on the command line has chosen it, wherever it lies.
  const access = { root: '/', privateHosts: [], cache: new ChecksumCache(cache), progress, signal }
  const facts = path === null ? null : await hashFile(name, { kind: 'path', path, sha512: null }, access)
  const values: Record<string, Json> = {
    'dc:identifier': randomUUID(),
    'dc:title': path === null ? '' : stem(path),
    'dc:description': '',
    'hv:hypervisor': 'kvm',
    'hv:format': path !== null && facts ? formatOf(path, facts.kind) : 'qcow2',
    'sl:arch': architectureIn(path === null ? '' : basename(path)) ?? '',
    'sl:os': '',
    'sl:osname': '',
    'sl:osversion': '',
    'sl:comments': '',
    'hv:uri': `${addressOf(root)}images/`,
    file: { path: path === null ? '' : yamlPath(root, path), ...(facts && { sha512: facts.sha512 }) },
  }
  return await write(root, { ...wish, name }, 'image', values, facts ? sizeText(facts) : '')
}

/** Writes imagelists/<name>.yaml with a fresh UUID. Returns and throws as `newImage` does. */
export async function newList(wish: Wish): Promise<string> {
  const root = realFolder(wish.folder)
  const name = wish.name ?? 'new-list'
  const address = addressOf(root)
  const values: Record<string, Json> = {
    'dc:identifier': randomUUID(),
    'dc:title': '',
    'dc:description': '',
    'dc:source': new URL(address).hostname,
    'hv:uri': `${address}lists/${name}.list`,
    'hv:endorser': { 'hv:x509': { 'dc:creator': '', 'hv:email': '' } },
    images: [],
    lifetime: '28d',
    renew: '7d',
    profiles: [],
  }
  return await write(root, { ...wish, name }, 'imagelist', values, '')
}

async function write(
  root: string,
  { name, force }: { name: string; force: boolean },
  schema: SchemaName & ('image' | 'imagelist'),
  values: Readonly<Record<string, Json>>,
  footer: string,
): Promise<string> {
  if (!isContentName(name)) throw fault('name-unfit', { name })
  const entries = Object.entries(values).map(([key, value]) => ({
    key,
    value,
    comment: explain(schema, key),
  }))
  const file = `${schema}s/${name}.yaml`
  await writeContent(root, file, yamlText(schemaComment(root, schema), entries, footer), { replace: force })
  return file
}

/** What the schema says of a key, and how it may look. */
function explain(schema: SchemaName, key: string): string {
  const { description, examples } = schemaAt(readSchema(schema), [key])
  const shown = (Array.isArray(examples) ? (examples as readonly Json[]) : []).filter((one) => one !== '')
  return `${typeof description === 'string' ? description : ''}${shown.length > 0 ? `\nSuch as: ${shown.map(exampleText).join(', ')}` : ''}`
}

/** As it is written in YAML: `"12"` is text only with its quotes. */
const exampleText = (value: Json): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd()

/** Editors find the schema only where everybody who opens the repository has it: inside. */
function schemaComment(root: string, schema: SchemaName): string {
  const file = `${schema}.schema.json`
  const place = ['schema', 'node_modules/vmcast/schema'].find((one) => existsSync(join(root, one, file)))
  return place === undefined ? '' : `yaml-language-server: $schema=../${place}/${file}`
}

/** What the lists and images of the repository are published under: the first target's prefix. */
const addressOf = (root: string): string =>
  targetsOf({ config: readSource(root, 'vmcast.yaml', []), knownHosts: new Map(), authorities: new Map() })[0]
    ?.match ?? SOMEWHERE

const stem = (path: string): string => basename(path).replace(/(\.[a-z][a-z0-9]*)+$/i, '')

const yamlPath = (root: string, path: string): string =>
  relative(join(root, 'images'), resolve(path)).split(sep).join('/')

const sizeText = ({ size, kind }: Digest & { kind: Kind }): string =>
  `The file had ${size} bytes, and looked like ${nameOf(kind)}, when this was written.`

const COMPRESSED: readonly Kind[] = ['gz', 'bz2', 'xz', 'zst']
const DISKS: readonly string[] = ['qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'ova', 'raw', 'iso']

/** `hv:format` by the first bytes; what is inside a compressed file only its name tells. */
function formatOf(path: string, kind: Kind): string {
  if (kind === 'tar') return 'ova'
  if (!COMPRESSED.includes(kind)) return kind
  const inner = basename(path).toLowerCase().split('.').at(-2) ?? ''
  return `${DISKS.includes(inner) ? inner : 'raw'}.${kind}`
}

const ARCHITECTURES: readonly (readonly [RegExp, string])[] = [
  [/x86[_-]64|amd64/i, 'x86_64'],
  [/aarch64|arm64/i, 'aarch64'],
  [/ppc64le|ppc64el/i, 'ppc64le'],
  [/s390x/i, 's390x'],
  [/riscv64/i, 'riscv64'],
  [/i[3-6]86/i, 'i686'],
]

const architectureIn = (fileName: string): string | undefined =>
  ARCHITECTURES.find(([pattern]) => pattern.test(fileName))?.[1]
