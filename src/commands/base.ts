import { resolve } from 'node:path'
import { Command, Option, type BaseContext } from 'clipanion'
import { VmcastError } from '../errors.ts'
import type { Surroundings } from '../model.ts'
import { escapeText } from '../report/escape.ts'
import { toJson } from '../report/json.ts'
import { surroundingsOf } from './surroundings.ts'

/** What a command is given by its caller: the process, or a test. */
export interface Context extends BaseContext {
  cwd: string
  now: () => Date
  /** Aborted when the user wants to stop. */
  signal: AbortSignal
}

/** The exit status of what Ctrl-C ended. */
const INTERRUPTED = 130

/** What every command shares: its place, its exit status, and how it speaks. */
export abstract class VmcastCommand extends Command<Context> {
  /** Does the work and returns the exit status; what it throws becomes a message and a status. */
  protected abstract run(): Promise<number>

  override async execute(): Promise<number> {
    try {
      const status = await this.run()
      return status !== 0 && this.context.signal.aborted ? INTERRUPTED : status
    } catch (error) {
      if (error instanceof VmcastError) {
        this.complain(error)
        return error.exitCode
      }
      this.log(
        `This is a bug in vmcast; please report it.\n${error instanceof Error ? error.stack : String(error)}`,
      )
      return 1
    }
  }

  /** Results go to standard output. */
  protected print(text: string): void {
    this.context.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  protected printJson(value: unknown): void {
    this.print(toJson(value))
  }

  /** Progress, log and errors go to standard error. */
  protected log(line: string): void {
    this.context.stderr.write(`${line}\n`)
  }

  protected complain({ message, remedy }: { message: string; remedy: string }): void {
    this.log(`Error: ${message.split('\n').map(escapeText).join('\n')}\n  ${escapeText(remedy)}`)
  }

  protected resolve(given: string): string {
    return resolve(this.context.cwd, given)
  }

  protected surroundings(): Promise<Surroundings> {
    return surroundingsOf(this.context)
  }
}

/** A command on a content repository. */
export abstract class RepositoryCommand extends VmcastCommand {
  repo = Option.String('--repo', '.', { description: 'The folder of vmcast.yaml; default: the current one.' })

  protected get root(): string {
    return this.resolve(this.repo)
  }
}

/** A command on some of a repository's lists. */
export abstract class ListsCommand extends RepositoryCommand {
  lists = Option.Array('--list', [], { description: 'Only this image list; can be repeated.' })
}
