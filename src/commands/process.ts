import { fault } from '../errors.ts'
import type { Context } from './base.ts'

/** Milliseconds for locks to be given back once the user wants to stop; a second Ctrl-C waits for nothing. */
const PARTING = 5_000

/** What this process gives to a command. From now on, its signals ask the command to stop. */
export function contextOfProcess(): Context {
  // A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

  // The S3 client would warn whoever runs Node 20; what vmcast runs on is ours to say.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort(fault('interrupted', {}))
      setTimeout(() => process.exit(130), PARTING).unref()
    })
  }
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    colorDepth: process.stdout.isTTY ? process.stdout.getColorDepth(process.env) : 1,
    cwd: process.cwd(),
    now: () => new Date(),
    signal: stop.signal,
  }
}
