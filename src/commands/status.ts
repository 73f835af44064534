import { Command, Option } from 'clipanion'
import { parseSpan } from '../dates.ts'
import { fault } from '../errors.ts'
import { ListsCommand } from './base.ts'

export class StatusCommand extends ListsCommand {
  static override paths = [['status']]
  static override usage = Command.Usage({
    description: 'Show how every list stands: version, signer, days left, and whether it is as in git.',
    details: `
      For people, and for a monitor: the exit status is 1 if a list cannot be read, is not intact or not trusted
      any more, was rolled back, or if it or its signer's certificate ends soon. Takes no key. An image file that
      is neither pinned nor known is read, as by plan.
    `,
    examples: [
      ['See how all lists stand', '$0 status'],
      ['Have a monitor warn two weeks ahead', '$0 status --within 14d --json'],
    ],
  })

  within = Option.String('--within', '7d', {
    description: 'How near an end alarms, as in 7d, 12h or 2w; default: 7d.',
  })
  json = Option.Boolean('--json', false, { description: 'Print it as JSON.' })

  protected override async run(): Promise<number> {
    const within = parseSpan(this.within)
    if (within === null) throw fault('span-unknown', { given: this.within })
    const { look } = await import('../survey.ts')
    const { statusOf, statusText } = await import('../report/status.ts')
    const scope = { root: this.root, lists: this.lists }
    const { plan, world } = await look(scope, { secrets: false }, await this.surroundings())
    const lists = statusOf(plan, world, { list: within, certificate: within })
    if (this.json) this.printJson({ lists })
    else this.print(statusText(lists))
    return lists.some(({ alarms }) => alarms.length > 0) ? 1 : 0
  }
}
