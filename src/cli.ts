#!/usr/bin/env node
import { main } from './commands/index.ts'

// A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1,
  cwd: process.cwd(),
  now: () => new Date(),
})
