import { Command, Option } from 'clipanion'
import { fault } from '../errors.ts'
import type { Approval } from '../plan/checksum.ts'
import { GUARDS } from '../model.ts'
import { ListsCommand } from './base.ts'

/** What `--allow` may name; a list that is broken is replaced only by the sum of what lies there. */
const GUARD_NAMES = GUARDS.map((guard) => (guard === 'replace' ? 'replace=SHA256' : guard))
const ALLOWED = new RegExp(`^(?:${GUARD_NAMES.join('|').replace('SHA256', '[0-9a-f]{64}')})$`)

export class ReconcileCommand extends ListsCommand {
  static override paths = [['reconcile']]
  static override usage = Command.Usage({
    description: 'Publish what the repository says: upload what is missing, sign, swap in, verify.',
    details: `
      Makes each published list what its YAML files say. Image files go first, the signed list last and
      at once; a list that says already what it should is not touched. What another person should look at
      first stops the list with exit status 3 unless --allow names it.
    `,
    examples: [
      ['Publish everything that changed', '$0 reconcile'],
      ['Publish exactly what was approved', '$0 reconcile --plan plan.json'],
      ['Let an image leave a list', '$0 reconcile --allow remove'],
    ],
  })

  allow = Option.Array('--allow', [], {
    description: `Guards to pass, separated by commas: ${GUARD_NAMES.join(', ')}.`,
  })
  plan = Option.String('--plan', { description: 'Only carry out this plan, written by `vmcast plan --out`.' })
  expect = Option.String('--expect', { description: 'Only carry out the plan with this checksum.' })
  json = Option.Boolean('--json', false, { description: 'Print the report as JSON.' })

  protected override async run(): Promise<number> {
    const { reconcile } = await import('../reconcile.ts')
    const { exitStatus, outcomeText } = await import('../report/outcome.ts')
    const allow = this.#guards()
    const order = { root: this.root, lists: this.lists, allow, approved: await this.#approved() }
    const report = await reconcile(order, await this.surroundings())
    if (this.json) this.printJson(report)
    else this.print(outcomeText(report))
    return exitStatus(report)
  }

  /** What `--allow` names. Throws `guard-unknown`: a misspelt guard would only be missed at the end. */
  #guards(): string[] {
    const given = this.allow.flatMap((kinds) => kinds.split(','))
    const unknown = given.find((one) => !ALLOWED.test(one))
    if (unknown !== undefined) throw fault('guard-unknown', { given: unknown, known: GUARD_NAMES })
    return given
  }

  async #approved(): Promise<Approval | null> {
    if (this.plan === undefined) return this.expect ?? null
    if (this.expect !== undefined) throw fault('approved-twice', {})
    const { readPlanFile } = await import('./plan-file.ts')
    return await readPlanFile(this.resolve(this.plan))
  }
}
