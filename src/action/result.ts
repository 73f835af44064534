import type { Failure, Fault } from '../model.ts'
import { escapeMarkdown } from '../report/escape.ts'

/** The outputs of action.yml. */
export interface Outputs {
  readonly changed?: boolean
  readonly plan?: string
  readonly checksum?: string
  readonly matrix?: string
  readonly published?: string
  readonly expires?: string
}

/** Something to show where the reader looks: at a line of a file, or at the run. */
export interface Note {
  readonly severity: 'error' | 'warning' | 'notice'
  readonly text: string
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null
}

/** What a command gives to the workflow. */
export interface Result {
  /** As the command's exit status. */
  readonly status: number
  readonly outputs: Outputs
  /** Markdown. */
  readonly summary: string
  readonly notes: readonly Note[]
}

export const noteOf = ({ severity, message, remedy, ...place }: Fault): Note => ({
  ...{ severity, text: `${message}\n${remedy}`, place },
})

export const failureNote = ({ message, remedy }: Pick<Failure, 'message' | 'remedy'>): Note => ({
  ...{ severity: 'error', text: `${message}\n${remedy}`, place: null },
})

export const warningNote = (text: string): Note => ({ severity: 'warning', text, place: null })

/** Why a step failed, as Markdown. */
export const failureMarkdown = ({ message, remedy }: Pick<Failure, 'message' | 'remedy'>): string =>
  `**vmcast failed.** ${message.split('\n').map(escapeMarkdown).join('<br>')}\n\n${escapeMarkdown(remedy)}\n`

/** The output `expires`, of lists that end at these times. */
export function firstEnd(ends: readonly string[]): Pick<Outputs, 'expires'> {
  const [first] = ends.toSorted()
  return first === undefined ? {} : { expires: first }
}
