import { readFileSync } from 'node:fs'
import { Builtins, type Cli, type CommandClass } from 'clipanion'
import type { Context } from './base.ts'
import { CountersignCommand } from './countersign.ts'
import { DoctorCommand } from './doctor.ts'
import { HashCommand } from './hash.ts'
import { HistoryCommand } from './history.ts'
import { ImportCommand } from './import.ts'
import { InitCommand } from './init.ts'
import { NewImageCommand, NewListCommand } from './new.ts'
import { PlanCommand } from './plan.ts'
import { PublishCommand } from './publish.ts'
import { ReconcileCommand } from './reconcile.ts'
import { RenderCommand } from './render.ts'
import { ShowCommand } from './show.ts'
import { SignCommand } from './sign.ts'
import { StatusCommand } from './status.ts'
import { UploadCommand } from './upload.ts'
import { ValidateCommand } from './validate.ts'
import { VerifyCommand } from './verify.ts'
import { ReadableCli } from './words.ts'

/** Every command, in the order of the work. */
export const COMMANDS: readonly CommandClass<Context>[] = [
  InitCommand,
  NewImageCommand,
  NewListCommand,
  HashCommand,
  ValidateCommand,
  ShowCommand,
  PlanCommand,
  ReconcileCommand,
  UploadCommand,
  RenderCommand,
  SignCommand,
  CountersignCommand,
  PublishCommand,
  StatusCommand,
  HistoryCommand,
  VerifyCommand,
  DoctorCommand,
  ImportCommand,
]

export function createCli({ colour }: { colour: boolean }): Cli<Context> {
  const cli = new ReadableCli({
    binaryLabel: 'vmcast',
    binaryName: 'vmcast',
    binaryVersion: version(),
    enableColors: colour,
  })
  for (const command of [...COMMANDS, Builtins.HelpCommand, Builtins.VersionCommand]) cli.register(command)
  return cli
}

/** Runs one command line; its result is the exit status. */
export async function main(argv: string[], context: Context): Promise<number> {
  const cli = createCli({ colour: context.colorDepth > 1 })
  try {
    return await cli.run(cli.process(argv, context), context)
  } catch (error) {
    // Commands catch their own errors: this one is of the command line itself.
    if (!(error instanceof Error)) throw error
    context.stderr.write(cli.error(error))
    return 1
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : ''
}
