import { Command, Option } from 'clipanion'
import { fault } from '../errors.ts'
import type { Plan } from '../model.ts'
import { ListsCommand } from './base.ts'

const FORMATS = ['text', 'markdown', 'json', 'matrix'] as const
type Format = (typeof FORMATS)[number]

export class PlanCommand extends ListsCommand {
  static override paths = [['plan']]
  static override usage = Command.Usage({
    description: 'Show what reconcile would do; takes no key, and changes nothing.',
    details: `
      Compares the YAML files with what is published. An image file that is neither pinned nor known is read.
      Exit status: 0, or 1 if a list cannot be published as it is; with --detailed-exitcode, 2 if there is
      anything to do.
    `,
    examples: [
      ['See what would change', '$0 plan'],
      ['Write the plan, to have it approved', '$0 plan --out plan.json'],
      ['Comment on a pull request', '$0 plan --format markdown'],
      ['Spread the uploads over jobs of a GitHub workflow', '$0 plan --out plan.json --format matrix'],
    ],
  })

  format = Option.String('--format', 'text', {
    description:
      'text, markdown, json, or matrix: the uploads as jobs of a GitHub workflow, null if there are none; default: text.',
  })
  out = Option.String('--out', { description: 'Write the plan to this file too, as JSON.' })
  detailed = Option.Boolean('--detailed-exitcode', false, {
    description: 'Exit with 2 if there are changes.',
  })

  protected override async run(): Promise<number> {
    const format = FORMATS.find((one) => one === this.format)
    if (!format) throw fault('format-unknown', { given: this.format, known: FORMATS })
    const { look } = await import('../survey.ts')
    const scope = { root: this.root, lists: this.lists }
    const { plan } = await look(scope, { secrets: false }, await this.surroundings())
    if (this.out !== undefined) {
      const { writeJsonFile } = await import('../release/file.ts')
      await writeJsonFile(this.resolve(this.out), plan)
    }
    this.print(await render(plan, format, this.context.colorDepth > 1))
    return this.#status(plan)
  }

  #status({ lists }: Plan): number {
    if (lists.some(({ action }) => action === 'failed')) return 1
    return this.detailed && lists.some(({ action }) => action !== 'keep') ? 2 : 0
  }
}

async function render(plan: Plan, format: Format, colour: boolean): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../report/text.ts')).planText(plan, { colour })
    case 'markdown':
      return (await import('../report/markdown.ts')).planMarkdown(plan)
    case 'json':
      return (await import('../report/json.ts')).toJson(plan)
    case 'matrix':
      return JSON.stringify((await import('../report/matrix.ts')).planMatrix(plan))
  }
}
