import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'clipanion'
import type { Report } from '../desired/import/take-over.ts'
import { escapeText } from '../report/escape.ts'
import { RepositoryCommand } from './base.ts'

export class ImportCommand extends RepositoryCommand {
  static override paths = [['import']]
  static override usage = Command.Usage({
    description: 'Turn a signed list, or the JSON of one, into YAML files.',
    details: `
      Writes imagelists/NAME.yaml and images/NAME.yaml, named by their titles, and shows who signed the list.
      A signature that does not verify is refused unless --unverified is given. What the repository has
      already, by its dc:identifier, is only replaced with --force.
    `,
    examples: [
      ['Take over a published list', '$0 import https://images.example.org/lists/example.list --ca trust/'],
      ['Go back to what a list once said', '$0 import --force example.json'],
    ],
  })

  from = Option.String({ name: 'FILE|URL' })
  ca = Option.String('--ca', { description: 'CA folder or PEM bundle; default: trust.ca of vmcast.yaml.' })
  unverified = Option.Boolean('--unverified', false, {
    description: 'Import it though its signature does not verify, or though it has none and is from the web.',
  })
  force = Option.Boolean('--force', false, { description: 'Replace files that are there.' })
  json = Option.Boolean('--json', false, { description: 'Print what was done as JSON.' })

  protected override async run(): Promise<number> {
    const { isAddress, readListBytes, showPlace } = await import('./list-bytes.ts')
    const { takeOver } = await import('../desired/import/take-over.ts')
    const { describeSignature } = await import('../desired/import/message.ts')
    const remote = isAddress(this.from)
    const report = await takeOver({
      folder: this.root,
      bytes: await readListBytes(remote ? this.from : this.resolve(this.from)),
      from: showPlace(this.from),
      remote,
      ca: this.ca === undefined ? null : this.resolve(this.ca),
      env: this.context.env,
      now: this.context.now(),
      unverified: this.unverified,
      force: this.force,
    })
    if (this.json) this.printJson(report)
    else this.#show(report, describeSignature(report))
    return 0
  }

  #show({ files, warnings }: Report, signature: readonly string[]): void {
    for (const line of signature) this.log(escapeText(line))
    for (const warning of warnings) this.log(`Warning: ${escapeText(warning)}`)
    this.print(files.map(({ file, state }) => `${state.padEnd(9)} ${file}`).join('\n'))
    if (!existsSync(join(this.root, 'vmcast.yaml')))
      this.log('There is no vmcast.yaml here yet: it says where to publish, how to sign, and whom to trust.')
    this.log('Next: review these files, then see what `vmcast validate` says of them.')
  }
}
