import type { Readable, Writable } from 'node:stream'
import { fault } from '../errors.ts'

/** Asks on the terminal for the passphrase of an encrypted key. Throws `passphrase-missing` where there is none. */
export async function askPassphrase(input: Readable, output: Writable): Promise<string> {
  if (!isTerminal(input) || !isTerminal(output)) throw fault('passphrase-missing', {})
  const { default: password } = await import('@inquirer/password')
  return await password(
    { message: 'Passphrase of the signing key:' },
    { input, output, clearPromptOnDone: true },
  )
}

/** Whether a stream is a terminal, and a person sits behind it. */
export const isTerminal = (stream: Readable | Writable): boolean => 'isTTY' in stream && stream.isTTY === true
