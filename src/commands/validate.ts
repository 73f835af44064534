import { Command, Option } from 'clipanion'
import type { Fault } from '../model.ts'
import { escapeText } from '../report/escape.ts'
import { RepositoryCommand } from './base.ts'

export class ValidateCommand extends RepositoryCommand {
  static override paths = [['validate']]
  static override usage = Command.Usage({
    description: 'Check the YAML files: everything that is wrong, each with its place and its remedy.',
    details: `
      Reads vmcast.yaml, imagelists/ and images/; no image file, no network, no key. Warnings do not change
      the exit status: it is 1 if there is any error, and 0 otherwise.
    `,
    examples: [
      ['Check the repository here', '$0 validate'],
      ['For another program', '$0 validate --json'],
    ],
  })

  json = Option.Boolean('--json', false, { description: 'Print the faults as JSON.' })

  protected override async run(): Promise<number> {
    const { inspect } = await import('../desired/load.ts')
    const { faults } = await inspect(this.root)
    const errors = faults.filter(({ severity }) => severity === 'error').length
    if (this.json) this.printJson({ faults })
    else this.print([...faults.map(faultText), summary(errors, faults.length - errors)].join('\n'))
    return errors > 0 ? 1 : 0
  }
}

const faultText = ({ severity, file, line, column, message, remedy }: Fault): string =>
  `${escapeText(file)}:${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${escapeText(message)}\n  ${escapeText(remedy)}`

function summary(errors: number, warnings: number): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
  if (errors + warnings === 0) return 'Everything is in order.'
  return `${count(errors, 'error')}, ${count(warnings, 'warning')}.`
}
