import { Command, Option } from 'clipanion'
import { RepositoryCommand } from './base.ts'

export class ShowCommand extends RepositoryCommand {
  static override paths = [['show']]
  static override usage = Command.Usage({
    description: 'Print a list as the JSON that would be signed; it can be imported again.',
    details: `
      Takes no key. Image files that are to be compressed and are not published yet are read, since the list
      holds their sums.
    `,
    examples: [['Look at a list before it is signed', '$0 show example']],
  })

  list = Option.String({ name: 'LIST' })

  protected override async run(): Promise<number> {
    const { preview } = await import('../preview.ts')
    this.print(await preview(this.root, this.list, await this.surroundings()))
    return 0
  }
}
