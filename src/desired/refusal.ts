import { systemCode } from '../errors.ts'
import type { Fault } from '../model.ts'

/** A hundred bytes for each name on a list of 10,000 images. */
export const LARGEST = 1024 * 1024

export type Reason = Pick<Fault, 'rule' | 'message' | 'remedy'>

/** Why a file is not read at all. */
export class Refusal extends Error {
  readonly reason: Reason
  readonly position: { readonly line: number; readonly column: number }

  constructor(reason: Reason, position = { line: 1, column: 1 }) {
    super(reason.message)
    this.reason = reason
    this.position = position
  }
}

export function refusalOf(error: unknown): Reason {
  if (error instanceof Refusal) return error.reason
  const code = systemCode(error)
  if (code === undefined) throw error
  return {
    rule: 'unreadable',
    message: `The file cannot be read (${code}).`,
    remedy:
      code === 'ENOENT'
        ? 'Mend the symbolic link, or delete it.'
        : 'Give the user that runs vmcast read permission.',
  }
}

export const wholeFile = (file: string, reason: Reason): Fault => ({
  severity: 'error',
  file,
  line: 1,
  column: 1,
  ...reason,
})

export const OUTSIDE: Reason = {
  rule: 'outside',
  message: 'The file leads out of the repository through a symbolic link.',
  remedy: 'Put the file itself here.',
}

export const NO_FILE: Reason = {
  rule: 'not-regular',
  message: 'This is not a regular file.',
  remedy: 'Put a YAML file here, or remove it.',
}

export const TOO_LARGE: Reason = {
  rule: 'too-large',
  message: `The file is larger than ${LARGEST / 1024} KiB.`,
  remedy: 'Put a YAML file here; images themselves lie elsewhere, and file.path names them.',
}

export const NO_UTF8: Reason = {
  rule: 'not-utf8',
  message: 'The file is not in UTF-8: here is a byte that cannot stand there.',
  remedy: 'Save it in UTF-8.',
}

export const NO_MAPPING: Reason = {
  rule: 'not-a-mapping',
  message: 'The file does not hold keys and values.',
  remedy: 'Write lines such as `dc:title: Debian 12`.',
}

export const YML: Reason = {
  rule: 'yml',
  message: 'The file is not read: its name ends in .yml.',
  remedy: 'Rename it so that it ends in .yaml.',
}

export const BAD_NAME: Reason = {
  rule: 'name',
  message: 'The file’s name cannot be the name of an image or a list.',
  remedy: 'Begin it with a letter or a digit, and use only letters, digits, `.`, `_`, `+`, `-` and spaces.',
}
