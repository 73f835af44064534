import { Command, Option } from 'clipanion'
import type { Answers, Place, Publishing } from '../desired/init/answers.ts'
import { escapeText } from '../report/escape.ts'
import { RepositoryCommand } from './base.ts'
import { askChoice, askLine } from './prompts.ts'

const WAYS: Readonly<Record<Publishing, string>> = {
  robot: 'a robot, with a key that GitHub keeps: merging publishes',
  many: 'the same, and each image is uploaded by a machine of its own',
  person: 'a person, at home: merging prepares what is then signed',
}

export class InitCommand extends RepositoryCommand {
  static override paths = [['init']]
  static override usage = Command.Usage({
    description: 'Make a folder a content repository that publishes from GitHub.',
    details: `
      Writes what is missing: vmcast.yaml, an example list and image, the workflows that plan, publish and renew, and
      a README that says what to do first. A file that is there is left as it is, and named if it differs; a
      vmcast.yaml that is there says where to publish.
    `,
    examples: [
      ['In an empty folder, or a git repository', '$0 init'],
      [
        'Without a question',
        '$0 init --yes --address https://images.example.org/ --to s3://images/ --publish many',
      ],
    ],
  })

  address = Option.String('--address', {
    description: 'What all published addresses begin with, as in https://images.example.org/.',
  })
  to = Option.String('--to', {
    description: 'Where that is written to, as in sftp://publisher@images.example.org/srv/www/.',
  })
  publish = Option.String('--publish', {
    description:
      'Who signs: robot (a key in CI; the default), many (each image uploaded by a machine of its own), or person (at home).',
  })
  yes = Option.Boolean('--yes', false, { description: 'Ask nothing: what is not given is the default.' })

  protected override async run(): Promise<number> {
    const { initRepository } = await import('../desired/init/init.ts')
    const answers = await this.#answers()
    const { files, branch, readme, others } = await initRepository(this.root, answers)
    this.print(files.map(({ file, state }) => `${state.padEnd(8)} ${file}`).join('\n'))
    for (const file of others)
      this.log(
        `GitHub runs ${escapeText(file)}, too, which is not of \`--publish ${answers.publish}\`: delete it, unless it is your own.`,
      )
    if (files.some(({ state }) => state === 'differs'))
      this.log(
        'What differs was left as it is. If that is not on purpose, move it away, run init again, and compare.',
      )
    this.log(
      `Merging to the branch ${escapeText(branch)} ${answers.publish === 'person' ? 'prepares what is then signed' : 'will publish'}.`,
    )
    this.log(
      `Next: ${readme} says what to fill in; \`vmcast validate\` and \`vmcast doctor\` name each place.`,
    )
    return 0
  }

  /** What vmcast.yaml says, and what was given; of the rest, what is answered, or with --yes the default. */
  async #answers(): Promise<Answers> {
    const { checkPublishing, TEMPLATE } = await import('../desired/init/answers.ts')
    const { settledIn } = await import('../desired/init/settled.ts')
    const place = settledIn(this.root, { address: this.address, to: this.to }) ?? (await this.#place())
    const usual = async () =>
      this.yes ? TEMPLATE.publish : await askChoice('Who signs?', WAYS, this.context)
    return { ...place, publish: checkPublishing(this.publish ?? (await usual())) }
  }

  async #place(): Promise<Place> {
    const { addressFault, checkPlace, targetFault, TEMPLATE, usualTarget } =
      await import('../desired/init/answers.ts')
    const line = async (message: string, usual: string, faultOf: (line: string) => string | null) =>
      this.yes ? usual : await askLine({ message, usual }, faultOf, this.context)
    const address =
      this.address ?? (await line('What do published addresses begin with?', TEMPLATE.address, addressFault))
    checkPlace({ ...TEMPLATE, address })
    const to = this.to ?? (await line('Where is that written to?', usualTarget(address), targetFault))
    return checkPlace({ address, to })
  }
}
