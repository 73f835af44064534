import { Command, Option } from 'clipanion'
import { ListsCommand } from './base.ts'
import { checkText, statusOf } from './checks.ts'

export class DoctorCommand extends ListsCommand {
  static override paths = [['doctor']]
  static override usage = Command.Usage({
    description: 'Look at all that publishing needs, without publishing: what is wrong, and what ends when.',
    details: `
      The YAML files, the CAs to trust, the certificate as subscribers will judge it, its key, every target with its
      host key and login, and every list as it is published. The exit status is 1 if anything fails.
    `,
    examples: [['See whether this machine can publish', '$0 doctor']],
  })

  json = Option.Boolean('--json', false, { description: 'Print the checks and the dates as JSON.' })

  protected override async run(): Promise<number> {
    const { diagnose } = await import('../doctor.ts')
    const { checks, ends } = await diagnose({ root: this.root, lists: this.lists }, await this.surroundings())
    if (this.json) this.printJson({ checks, ends })
    else {
      for (const check of checks) this.print(checkText(check))
      const { escapeText } = await import('../report/escape.ts')
      if (ends.length > 0) this.print('\nWhat ends when:')
      for (const { what, at } of ends) this.print(`  ${at}  ${escapeText(what)}`)
    }
    return statusOf(checks)
  }
}
