import { Option } from 'clipanion'
import type { StoppedOutcome } from '../model.ts'
import { RepositoryCommand } from './base.ts'
import { ALLOW } from './guards.ts'

/** A command that carries out one step of a plan: of the lists that stand in it. */
export abstract class StepCommand extends RepositoryCommand {
  plan = Option.String('--plan', { required: true, description: 'The plan, written by `vmcast plan --out`.' })
  allow = Option.Array('--allow', [], { description: ALLOW })

  /** Tells what could not be done; returns the exit status. */
  protected tell(stopped: readonly StoppedOutcome[]): number {
    for (const { name, failure } of stopped)
      this.complain({ ...failure, message: `${name}: ${failure.message}` })
    if (stopped.some(({ state }) => state === 'failed')) return 1
    return stopped.length > 0 ? 3 : 0
  }
}
