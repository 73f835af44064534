import { join } from 'node:path'
import { inspect } from '../desired/load.ts'
import type { Fault } from '../model.ts'
import { escapeMarkdown } from '../report/escape.ts'
import type { Job } from './job.ts'
import { noteOf, type Result } from './result.ts'

/** Every fault of the files, at its line. */
export async function validateStep({ folder, scope }: Job): Promise<Result> {
  const { faults } = await inspect(scope.root)
  const broken = faults.some(({ severity }) => severity === 'error')
  return {
    status: broken ? 1 : 0,
    outputs: {},
    summary: [...(faults.length > 0 ? faults.map(faultLine) : ['The files are in order.']), ''].join('\n'),
    notes: faults.map((one) => noteOf({ ...one, file: join(folder, one.file) })),
  }
}

const faultLine = ({ severity, file, line, message, remedy }: Fault): string =>
  `- ${severity === 'error' ? '**Error**' : 'Warning'}, ${escapeMarkdown(file)}, line ${line}: ${escapeMarkdown(message)} ${escapeMarkdown(remedy)}`
