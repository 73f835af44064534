import type { Failure } from './model.ts'
import { actionErrors } from './errors/action.ts'
import { appdbErrors } from './errors/appdb.ts'
import { configErrors } from './errors/config.ts'
import { fileErrors } from './errors/files.ts'
import { githubErrors } from './errors/github.ts'
import { gridErrors } from './errors/grid.ts'
import { historyErrors } from './errors/history.ts'
import { httpsErrors } from './errors/https.ts'
import { importErrors } from './errors/import.ts'
import { initErrors } from './errors/init.ts'
import { listErrors } from './errors/list.ts'
import { publishErrors } from './errors/publish.ts'
import { releaseErrors } from './errors/release.ts'
import { s3Errors } from './errors/s3.ts'
import { sftpErrors } from './errors/sftp.ts'
import { targetErrors } from './errors/targets.ts'
import { trustErrors } from './errors/trust.ts'
import { webErrors } from './errors/web.ts'
import { webdavErrors } from './errors/webdav.ts'

/** What an entry of the catalogue says; `exit` is 1 unless a guard refuses (3) or the user stopped the run (130). */
export interface Explanation {
  readonly message: string
  /** What the reader can do about it, as an imperative sentence. */
  readonly remedy: string
  readonly exit?: 3 | 130
}

/** code → message and remedy, from details of its own. One file for each room that fails. */
const CATALOGUE = {
  ...actionErrors,
  ...appdbErrors,
  ...configErrors,
  ...fileErrors,
  ...githubErrors,
  ...gridErrors,
  ...historyErrors,
  ...httpsErrors,
  ...importErrors,
  ...initErrors,
  ...listErrors,
  ...publishErrors,
  ...releaseErrors,
  ...s3Errors,
  ...sftpErrors,
  ...targetErrors,
  ...trustErrors,
  ...webErrors,
  ...webdavErrors,
} satisfies Record<string, (details: never) => Explanation>

export type ErrorCode = keyof typeof CATALOGUE
/** What an entry wants to know; nothing, where its words are always the same. */
type Details<C extends ErrorCode> =
  Parameters<(typeof CATALOGUE)[C]> extends [infer D] ? D : Record<string, never>

/** Every failure that a user can meet. Anything else that is thrown is a bug, and keeps its stack. */
export class VmcastError extends Error {
  readonly code: ErrorCode
  readonly remedy: string
  readonly exitCode: 1 | 3 | 130

  constructor(code: ErrorCode, { message, remedy, exit }: Explanation, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'VmcastError'
    this.code = code
    this.remedy = remedy
    this.exitCode = exit ?? 1
  }
}

/** Makes the error `code` of the catalogue, to be thrown. */
export function fault<C extends ErrorCode>(code: C, details: Details<C>, cause?: unknown): VmcastError {
  // The catalogue's type ties each code to its details; TypeScript cannot follow that through an index.
  const explain = CATALOGUE[code] as (details: Details<C>) => Explanation
  return new VmcastError(code, explain(details), cause)
}

/** Whether `error` is the catalogue's `code`. */
export const isFault = (error: unknown, code: ErrorCode): error is VmcastError =>
  error instanceof VmcastError && error.code === code

/** The code of a system error (`ENOENT`, `EACCES`, …), or undefined. */
export const systemCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || error instanceof VmcastError) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** An expected error as a value, so that it stops one list and not the run; a bug is thrown on. */
export function asFailure(error: unknown): Failure {
  if (!(error instanceof VmcastError)) throw error
  const { code, message, remedy } = error
  return { state: 'failed', code, message, remedy }
}
