#!/usr/bin/env node
import { main } from './commands/index.ts'
import { contextOfProcess } from './commands/process.ts'

process.exitCode = await main(process.argv.slice(2), contextOfProcess())
