import { Command, Option } from 'clipanion'
import { ListsCommand } from './base.ts'
import { ALLOW, guardsIn } from './guards.ts'

export class PublishCommand extends ListsCommand {
  static override paths = [['publish']]
  static override usage = Command.Usage({
    description: 'Publish the signed lists of a folder; takes no signing key.',
    details: `
      The last step. Each list must be what this checkout composes, byte for byte, and verify as subscribers
      verify it; it is swapped in only if nobody published meanwhile.
    `,
    examples: [['Publish what was signed', '$0 publish release']],
  })

  folder = Option.String({ name: 'FOLDER' })
  allow = Option.Array('--allow', [], { description: ALLOW })
  json = Option.Boolean('--json', false, { description: 'Print the report as JSON.' })

  protected override async run(): Promise<number> {
    const { publishRelease } = await import('../steps/publish.ts')
    const { exitStatus, outcomeText } = await import('../report/outcome.ts')
    const folder = this.resolve(this.folder)
    const order = { root: this.root, lists: this.lists, folder, allow: guardsIn(this.allow) }
    const report = await publishRelease(order, await this.surroundings())
    if (this.json) this.printJson(report)
    else this.print(outcomeText(report))
    return exitStatus(report)
  }
}
