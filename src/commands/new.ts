import { Command, Option } from 'clipanion'
import { RepositoryCommand } from './base.ts'

abstract class NewCommand extends RepositoryCommand {
  name = Option.String('--name', { description: 'The name of the new file, without .yaml.' })
  force = Option.Boolean('--force', false, { description: 'Replace a file that is there.' })

  protected get wish() {
    return { folder: this.root, name: this.name ?? null, force: this.force }
  }

  protected report(file: string): void {
    this.print(file)
    this.log('Next: fill it in; `vmcast validate` says what is missing.')
  }
}

export class NewImageCommand extends NewCommand {
  static override paths = [['new', 'image']]
  static override usage = Command.Usage({
    description: 'Write a commented YAML file for an image, with a UUID of its own.',
    details: `
      With FILE, its sha512 is pinned, and its format (by its first bytes), its path and what its name says
      are filled in.
    `,
    examples: [
      ['From an image file', '$0 new image build/debian-12-x86_64.qcow2'],
      ['A template', '$0 new image --name debian-12'],
    ],
  })

  image = Option.String({ required: false, name: 'FILE' })

  protected override async run(): Promise<number> {
    const { newImage } = await import('../desired/scaffold.ts')
    const path = this.image === undefined ? null : this.resolve(this.image)
    this.report(await newImage(this.wish, path, await this.surroundings()))
    return 0
  }
}

export class NewListCommand extends NewCommand {
  static override paths = [['new', 'imagelist']]
  static override usage = Command.Usage({
    description: 'Write a commented YAML file for an image list, with a UUID of its own.',
    examples: [['A template', '$0 new imagelist --name example']],
  })

  protected override async run(): Promise<number> {
    const { newList } = await import('../desired/scaffold.ts')
    this.report(await newList(this.wish))
    return 0
  }
}
