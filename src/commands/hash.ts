import { Command, Option } from 'clipanion'
import type { Pinned } from '../desired/pin.ts'
import { fault } from '../errors.ts'
import { RepositoryCommand } from './base.ts'

export class HashCommand extends RepositoryCommand {
  static override paths = [['hash']]
  static override usage = Command.Usage({
    description: 'Pin image files: write the sha512 of each into its YAML file.',
    details: `
      Only file.sha512 changes; comments and formatting stay. Without names, all images with a file.path are
      pinned. A file that did not change since it was last read is not read again.
    `,
    examples: [
      ['Pin everything that was built', '$0 hash'],
      ['Pin one image', '$0 hash debian-12'],
    ],
  })

  images = Option.Rest({ name: 'IMAGE' })
  json = Option.Boolean('--json', false, { description: 'Print the pins as JSON.' })

  protected override async run(): Promise<number> {
    const { pinImages } = await import('../desired/pin.ts')
    const pins = await pinImages(this.root, this.images, await this.surroundings())
    if (this.json) this.printJson({ images: pins })
    else if (pins.length === 0) this.print('No image has a file.path.')
    else this.print(pins.map(pinText).join('\n'))
    const failures = pins.filter((pin) => 'failure' in pin)
    if (failures.length > 0) throw fault('pins-failed', { failures })
    return 0
  }
}

function pinText(pin: Pinned): string {
  if ('failure' in pin) return `${pin.name}: not pinned`
  const { name, from, to } = pin
  if (from === to) return `${name}: ${short(to)}, unchanged`
  return `${name}: ${from === null ? '(none)' : short(from)} → ${short(to)}`
}

/** As much of a sum as file names hold. */
const short = (sha512: string): string => `${sha512.slice(0, 16)}…`
