import { Command, Option } from 'clipanion'
import { guardsIn } from './guards.ts'
import { StepCommand } from './step.ts'

export class RenderCommand extends StepCommand {
  static override paths = [['render']]
  static override usage = Command.Usage({
    description: 'Write the exact texts to be signed, once their images are uploaded; takes no signing key.',
    details: `
      A receipt is believed for a file that is pinned and served as it is; what else was uploaded is read back.
      The folder then goes to whoever signs.
    `,
    examples: [
      ['Prepare a release to be signed', '$0 render --plan plan.json --receipts receipts --out release'],
    ],
  })

  receipts = Option.String('--receipts', {
    description: 'The folder of receipts; none is needed where nothing was to be uploaded.',
  })
  out = Option.String('--out', { required: true, description: 'The folder to write; it must be new.' })

  protected override async run(): Promise<number> {
    const { renderLists } = await import('../steps/render.ts')
    const { readJsonFile } = await import('../release/file.ts')
    const { readReceipts } = await import('../release/receipts.ts')
    const { createRelease } = await import('../release/folder.ts')
    const plan = await readJsonFile(this.resolve(this.plan), 'plan')
    const receipts = this.receipts === undefined ? [] : await readReceipts(this.resolve(this.receipts))
    const order = { root: this.root, plan, receipts, allow: guardsIn(this.allow) }
    const { lists, stopped } = await renderLists(order, await this.surroundings())
    if (lists.length > 0) await createRelease(this.resolve(this.out), lists)
    for (const { name } of lists) this.print(`${name}: ready to be signed in ${this.out}`)
    if (lists.length === 0 && stopped.length === 0)
      this.print('Nothing to sign: everything is published as it should be.')
    return this.tell(stopped)
  }
}
