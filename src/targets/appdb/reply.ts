/** What the AppDB says of a list that was handed in. */
export interface Reply {
  readonly success: boolean
  readonly status: string
  /** Its explanation and its errors, cut to what fits into a message. */
  readonly reasons: readonly string[]
}

const REASONS = 10
const SHOWN = 300

/**
 * Reads `{"egiappdb": {"status", "details", "submission_id", "errors"}}`. Returns what is wrong with it as a
 * string where it is not of that form: nothing but a well-formed reply is ever taken for a success. `redact`
 * takes out of its words what must not be shown: the server may send back what it was sent.
 */
export function readReply(text: string, redact = (words: string) => words): Reply | string {
  const parsed = parsedJson(text)
  if (parsed === undefined) return 'its reply is no JSON'
  const reply = fieldOf(parsed, 'egiappdb')
  if (typeof reply !== 'object' || reply === null) return 'its reply has no object `egiappdb`'
  const [status, details] = [fieldOf(reply, 'status'), fieldOf(reply, 'details')]
  if (typeof status !== 'string' || typeof details !== 'string')
    return 'its reply has no text as `status` or `details`'
  const success = status === 'success'
  if (success && !Number.isInteger(fieldOf(reply, 'submission_id')))
    return 'its reply has no number as `submission_id`'
  const reasons = [details, ...errorsOf(fieldOf(reply, 'errors'))].map((one) => shown(redact(one)))
  return {
    success,
    status: shown(redact(status)),
    reasons: reasons.filter((one) => one !== '').slice(0, REASONS),
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** Messages of a list of errors, or of an object: that is how PHP writes a list with gaps. */
function errorsOf(errors: unknown): string[] {
  if (typeof errors !== 'object' || errors === null) return []
  return Object.values(errors).flatMap((one: unknown) => {
    const message = typeof one === 'string' ? one : fieldOf(one, 'message')
    return typeof message === 'string' ? [message] : []
  })
}

function shown(text: string): string {
  const line = text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line
}
