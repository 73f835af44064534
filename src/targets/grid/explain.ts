import { fault, type VmcastError } from '../../errors.ts'
import type { Command, Outcome } from './programs.ts'

/** What programs say in the C locale, in the order in which it is looked for. Only `isAbsent` is ever taken for "no such file". */
const SIGNS: readonly [RegExp, (d: Details) => VmcastError][] = [
  [/No space left|quota exceeded|error: (28|122) \(/i, ({ place }) => fault('target-full', { path: place })],
  [/File is readOnly|File exists/, ({ place }) => fault('target-occupied', { path: place })],
  [/Read-only file system|error: 30 \(/i, ({ place }) => fault('target-read-only', { path: place })],
  [
    /Is a directory|Not a directory|error: 2[01] \(/i,
    ({ place }) => fault('target-not-file', { path: place }),
  ],
  [
    /credential|certificate|proxy|GSS (failure|Major)|Gridmap|Login incorrect|Authentication|HTTP 401|not authori[sz]ed/i,
    ({ program, place, reason }) => fault('grid-credentials', { program, place, reason }),
  ],
  [
    /(Unable to|Could not) connect|Can not create socket|Connection refused|Network is unreachable|No route to host|service not known|failure in name resolution|name resolution failed|error: 11[123] \(/i,
    ({ place, reason }) => fault('target-unreachable', { place, reason }),
  ],
  [
    /Connection (reset|closed|timed out)|timed? ?out|End-of-file|EOF|Broken pipe|HTTP 5\d\d|error: (104|110) \(/i,
    ({ place, reason }) => fault('target-interrupted', { place, reason }),
  ],
  [/Permission denied|HTTP 403|error: 13 \(/i, ({ place }) => fault('target-denied', { path: place })],
]

interface Details {
  readonly program: string
  readonly place: string
  readonly reason: string
}

/** A program's failure as one of the catalogue. */
export function explain({ program }: Pick<Command, 'program'>, place: string, outcome: Outcome): VmcastError {
  const { complaint, status } = outcome
  const details = {
    program,
    place,
    reason: complaint.replace(/\.$/, '') || `it ended with status ${status ?? '?'}`,
  }
  const [, make] = SIGNS.find(([sign]) => sign.test(complaint)) ?? []
  return make?.(details) ?? fault('grid-failed', details)
}
