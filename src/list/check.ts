/** One thing that was looked at: of a published list, or of what publishing needs. */
export interface Check {
  readonly name: Subject
  readonly result: 'passed' | 'failed' | 'warning'
  /** What was found: a sentence. */
  readonly message: string
  /** What to do about it; null where there is nothing to do. */
  readonly remedy: string | null
}

export type Subject =
  | 'signature'
  | 'digest'
  | 'chain'
  | 'purpose'
  | 'expected'
  | 'countersigner'
  | 'format'
  | 'endorser'
  | 'schema'
  | 'dates'
  | 'address'
  | 'history'
  | 'image'
  | 'repository'
  | 'trust'
  | 'certificate'
  | 'key'
  | 'target'
  | 'list'

export const passed = (name: Subject, message: string): Check => ({
  name,
  result: 'passed',
  message,
  remedy: null,
})

export const failed = (name: Subject, message: string, remedy: string): Check => ({
  name,
  result: 'failed',
  message,
  remedy,
})

export const warning = (name: Subject, message: string, remedy: string): Check => ({
  name,
  result: 'warning',
  message,
  remedy,
})

/** Passed with what is `good` to know if there are no reasons against it, else failed with all of them. */
export const judged = (
  name: Subject,
  reasons: readonly string[],
  good: string,
  bad: { readonly message: (reasons: string) => string; readonly remedy: string },
): Check =>
  reasons.length === 0 ? passed(name, good) : failed(name, bad.message(reasons.join('; ')), bad.remedy)
