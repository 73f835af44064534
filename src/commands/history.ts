import { Command, Option } from 'clipanion'
import type { History } from '../model.ts'
import { RepositoryCommand } from './base.ts'

export class HistoryCommand extends RepositoryCommand {
  static override paths = [['history']]
  static override usage = Command.Usage({
    description: 'Show who published which version of a list when, what left it and why; check all of it.',
    details: `
      Walks from the list that is out there back to its first record: every record must be what it was when the
      next one was written, every signature good, and each record must say what its signed list says. Takes no
      key. The exit status is 0 only if nothing is missing, nothing was changed, and nobody put an older list back.
    `,
    examples: [
      ['Look at the history of a list', '$0 history example'],
      ['See what two of its versions differ in', '$0 history example --diff 0.0.7 0.0.9'],
    ],
  })

  list = Option.String({ name: 'LIST' })
  diff = Option.String('--diff', {
    arity: 2,
    description: 'Show how the second of two versions differs from the first.',
  })
  json = Option.Boolean('--json', false, { description: 'Print it as JSON.' })

  protected override async run(): Promise<number> {
    const { readHistory } = await import('../history.ts')
    const { isUnbroken } = await import('../report/history.ts')
    const history = await readHistory(this.root, this.list, await this.surroundings())
    if (this.diff === undefined) await this.#show(history)
    else await this.#compare(history, this.diff)
    return isUnbroken(history) ? 0 : 1
  }

  async #show(history: History): Promise<void> {
    const { historyText, isUnbroken } = await import('../report/history.ts')
    if (!this.json) {
      this.print(historyText(history))
      return
    }
    // The lists themselves lie beside the records.
    const entries = history.entries.map((entry) => ({ ...entry, content: undefined }))
    this.printJson({ ...history, entries, unbroken: isUnbroken(history) })
  }

  async #compare(history: History, [from, to]: readonly [string, string]): Promise<void> {
    const { compareVersionsOf } = await import('../history.ts')
    const { listText } = await import('../report/text.ts')
    const { isUnbroken, verdictText } = await import('../report/history.ts')
    const difference = compareVersionsOf(history, from, to)
    if (this.json) this.printJson(difference)
    else this.print(listText(difference, { colour: this.context.colorDepth > 1 }))
    if (!isUnbroken(history)) this.log(verdictText(history))
  }
}
