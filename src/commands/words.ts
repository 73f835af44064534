import { Cli } from 'clipanion'
import type { Context } from './base.ts'

/**
 * The command line in the words of its readers: clipanion calls the values of an option `#0`, `#1`, and any number
 * of names `...`. Options without a value get as many spaces as the others grow, so that columns stay.
 */
export const readable = (text: string): string =>
  text
    .replace(/^( +\S*--\w[\w-]*)((?: #\d)*)/gm, (_, option: string, values: string) =>
      values === '' ? `${option}   ` : option + values.replace(/#\d/g, 'VALUE'),
    )
    .replace(/ #\d/g, ' VALUE')
    .replace(/(?<=[\w\]]) \.\.\.(?![\w.])/g, ' [NAME...]')

/** Speaks so in its help and in its errors. */
export class ReadableCli extends Cli<Context> {
  override usage(...given: Parameters<Cli<Context>['usage']>): string {
    return readable(super.usage(...given))
  }

  override error(...given: Parameters<Cli<Context>['error']>): string {
    return readable(super.error(...given))
  }
}
