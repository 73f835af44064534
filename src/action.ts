import { runAction } from './action/run.ts'
import { contextOfProcess } from './commands/process.ts'

process.exitCode = await runAction(contextOfProcess())
