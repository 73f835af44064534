import { Command, Option } from 'clipanion'
import { fault } from '../errors.ts'
import type { Approval } from '../plan/checksum.ts'
import { ListsCommand } from './base.ts'
import { ALLOW, guardsIn } from './guards.ts'

export class ReconcileCommand extends ListsCommand {
  static override paths = [['reconcile']]
  static override usage = Command.Usage({
    description: 'Publish what the repository says: upload what is missing, sign, swap in, verify.',
    details: `
      Makes each published list what its YAML files say. Image files go first, the signed list last and
      at once; a list that says already what it should is not touched. What another person should look at
      first stops the list with exit status 3 unless --allow names it. In git, what was published is tagged
      published/LIST/VERSION, locally.
    `,
    examples: [
      ['Publish everything that changed', '$0 reconcile'],
      ['Publish exactly what was approved', '$0 reconcile --plan plan.json'],
      ['Let an image leave a list', '$0 reconcile --allow remove'],
      ['Sign anew what is about to expire, every day', '$0 reconcile --expect renewals'],
    ],
  })

  allow = Option.Array('--allow', [], { description: ALLOW })
  plan = Option.String('--plan', { description: 'Only carry out this plan, written by `vmcast plan --out`.' })
  expect = Option.String('--expect', {
    description:
      'Only carry out the plan with this checksum; or `renewals`: only sign anew what is about to expire.',
  })
  json = Option.Boolean('--json', false, { description: 'Print the report as JSON.' })

  protected override async run(): Promise<number> {
    const { reconcile } = await import('../reconcile.ts')
    const { exitStatus, outcomeText } = await import('../report/outcome.ts')
    const allow = guardsIn(this.allow)
    const order = { root: this.root, lists: this.lists, allow, approved: await this.#approved() }
    const report = await reconcile(order, await this.surroundings())
    if (this.json) this.printJson(report)
    else this.print(outcomeText(report))
    return exitStatus(report)
  }

  async #approved(): Promise<Approval | null> {
    if (this.expect !== undefined) {
      if (this.plan !== undefined) throw fault('approved-twice', {})
      const { isApproval } = await import('../plan/checksum.ts')
      if (!isApproval(this.expect)) throw fault('approval-unknown', { given: this.expect })
      return this.expect
    }
    if (this.plan === undefined) return null
    const { readJsonFile } = await import('../release/file.ts')
    return await readJsonFile(this.resolve(this.plan), 'plan')
  }
}
