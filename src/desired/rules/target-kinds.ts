import { parseDestination } from '../../address.ts'
import type { TargetSettings } from '../../model.ts'

type Setting = keyof TargetSettings

/** A kind of place that lists and images can be written to. */
export interface TargetKind {
  /** How its `to` is written. */
  readonly form: string
  readonly fits: (to: string) => boolean
  readonly settings: readonly Setting[]
  /** True where the place takes no image files. */
  readonly listsOnly?: true
}

const isMachine = (to: string): boolean => parseDestination(to) !== null
const isAccount = (to: string): boolean => parseDestination(to)?.user != null
const isNoAccount = (to: string): boolean => isMachine(to) && !isAccount(to)

const IDENTITY: readonly Setting[] = ['ca', 'certificate', 'key']

const webdav = (scheme: string): TargetKind => ({
  form: `${scheme}://host/path/`,
  fits: isMachine,
  settings: ['name', ...IDENTITY, 'verify', 'singlePublisher', 'client'],
})

const grid = (scheme: string): TargetKind => ({
  form: `${scheme}://host/path/`,
  fits: isNoAccount,
  settings: ['name', 'verify', 'client'],
})

/** By the scheme of `to`. */
export const TARGET_KINDS: ReadonlyMap<string, TargetKind> = new Map<string, TargetKind>([
  ['file', { form: 'file:./public/', fits: (to) => to.length > 'file:'.length, settings: [] }],
  [
    'sftp',
    {
      form: 'sftp://user@host/path/',
      fits: isAccount,
      settings: ['name', 'hostKey', 'knownHosts', 'identity', 'verify'],
    },
  ],
  [
    's3',
    {
      form: 's3://bucket/prefix/',
      fits: (to) =>
        /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:[A-Za-z0-9_~+=@,-][A-Za-z0-9_~+=@,.-]*\/)*$/.test(to),
      settings: ['name', 'endpoint', 'region', 'pathStyle', 'singlePublisher', 'lists', 'images'],
    },
  ],
  ['davs', webdav('davs')],
  ['dav', webdav('dav')],
  ...['gsidcap', 'dcap', 'gsiftp', 'root', 'srm'].map((scheme): [string, TargetKind] => [
    scheme,
    grid(scheme),
  ]),
  [
    'egiappdb',
    {
      form: 'egiappdb://user@host/path/',
      fits: isAccount,
      settings: ['name', ...IDENTITY, 'auth', 'insert', 'enable'],
      listsOnly: true,
    },
  ],
])

/** The kind of `to`, by its scheme. */
export const kindOf = (to: string): TargetKind | undefined =>
  TARGET_KINDS.get(/^([a-z][a-z0-9+.-]*):/i.exec(to)?.[1]?.toLowerCase() ?? '')
